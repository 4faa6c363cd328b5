"""Pairs made of one photo each (ours): the photo, and itself moved into the pose of somebody else."""

import torch

from zoo.errors import ZooError
from zoo.interfaces import Context, Dataset, Pairing
from zoo.ops.puppet import puppet_flow
from zoo.ops.regions import one_hot
from zoo.ops.scene import laid_over
from zoo.ops.warp import warp
from zoo.regions import vocabulary
from zoo.types import Pair, Person
from zoo_base.pairings import Unpaired


class Posed(Pairing):
    """The target is a photo; the source is the same photo, its figure moved by rigid parts into somebody else's pose.

    So one photo of a person is a pair: what is asked for is real, and what is given has the tears and folds of a figure that
    was moved, over the background it had, filled where it stood. Regions move along. Every epoch sees every photo once.
    """

    def __init__(self, context: Context) -> None:
        self.unpaired = Unpaired(context)

    def sample(self, data: Dataset, split: str, *, seed: int, start: int, count: int) -> Pair:
        drawn = self.unpaired.sample(data, split, seed=seed, start=start, count=count).to(fast())
        background = vocabulary(data.vocabulary).index("background")
        return Pair(source=posed(drawn.source, drawn.target, background), target=drawn.source, names=drawn.names)


def posed(person: Person, pose: Person, background: int) -> Person:
    """People in the pose of others: photo and regions moved; ZooError without regions, which tell figure from background."""
    image, parsing = person.image, person.parsing
    if image is None or parsing is None:
        raise ZooError("a person without photo or regions cannot be posed", where="pairing base.posed",
                       fix="use data with regions", exit_code=2)  # fmt: skip
    figure = 1 - parsing[:, background, None]
    flow, there = puppet_flow((person.joints, person.visible), (pose.joints, pose.visible), figure, person.size)
    labels = torch.where(there[:, 0] > 0.5, warp(parsing, flow, mode="nearest").argmax(1), background)
    return pose.but(image=laid_over(image, figure, flow, there), parsing=one_hot(labels, parsing.shape[1]))


def fast() -> str:
    """Where ten warps of a batch cost least: the accelerator, if there is one."""
    return "cuda" if torch.cuda.is_available() else "cpu"
