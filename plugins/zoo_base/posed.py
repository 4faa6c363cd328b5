"""Pairs made of one photo each (ours): the photo, and itself moved into the pose of somebody else."""

from typing import Annotated, Literal

import torch
from torch import Tensor

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context, Dataset, Pairing
from zoo.ops.puppet import puppet_flow
from zoo.ops.regions import one_hot, surest
from zoo.ops.scene import laid_over
from zoo.ops.warp import warp
from zoo.regions import vocabulary
from zoo.types import Pair, Person
from zoo_base.pairings import Unpaired
from zoo_base.scene import sheets_laid_out


class Posed(Pairing):
    """The target is a photo; the source is the same photo, its figure moved by rigid parts into somebody else's pose.

    So one photo of a person is a pair: what is asked for is real, and what is given has the tears and folds of a figure that
    was moved, over the background it had, filled where it stood. Regions move along. Every epoch sees every photo once.
    """

    def __init__(
        self,
        context: Context,
        *,
        puppet: Annotated[Literal["parts", "sheets"], Option("how the figure is cut, as base.scene does it", "ours")] = "parts",
    ) -> None:
        self.unpaired, self.posed = Unpaired(context), posed if puppet == "parts" else posed_in_sheets

    def sample(self, data: Dataset, split: str, *, seed: int, start: int, count: int) -> Pair:
        drawn = self.unpaired.sample(data, split, seed=seed, start=start, count=count).to(fast())
        return Pair(source=self.posed(drawn.source, drawn.target, data.vocabulary), target=drawn.source, names=drawn.names)


def posed(person: Person, pose: Person, words: str) -> Person:
    """People in the pose of others: photo and regions, in `words`, moved; ZooError without regions."""
    image, parsing = _seen(person)
    background = vocabulary(words).index("background")
    figure = 1 - parsing[:, background, None]
    flow, there = puppet_flow((person.joints, person.visible), (pose.joints, pose.visible), figure, person.size)
    labels = torch.where(there[:, 0] > 0.5, warp(parsing, flow, mode="nearest").argmax(1), background)
    return pose.but(image=laid_over(image, figure, flow, there), parsing=one_hot(labels, parsing.shape[1]))


def posed_in_sheets(person: Person, pose: Person, words: str) -> Person:
    """The same, the figure in five sheets."""
    image, parsing = _seen(person)
    moved = torch.cat([image, parsing], 1)
    there = sheets_laid_out(moved, parsing, person, pose, vocabulary(words))
    return pose.but(image=there[:, :3], parsing=surest(there[:, 3:]))


def _seen(person: Person) -> tuple[Tensor, Tensor]:
    if person.image is None or person.parsing is None:
        raise ZooError("a person without photo or regions cannot be posed", where="pairing base.posed",
                       fix="use data with regions, which tell figure from background", exit_code=2)  # fmt: skip
    return person.image, person.parsing


def fast() -> str:
    """Where ten warps of a batch cost least: the accelerator, if there is one."""
    return "cuda" if torch.cuda.is_available() else "cpu"
