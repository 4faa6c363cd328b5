"""Figures: people who never lived, in any number and pose, with the truth about every pixel."""

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Annotated, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from zoo.errors import ZooError, unknown
from zoo.hookspecs import Option
from zoo.interfaces import Context, Dataset
from zoo.types import Pair, Person
from zoo_figures import render
from zoo_figures.chance import Dice, mix
from zoo_figures.kept import kept
from zoo_figures.look import draw_look
from zoo_figures.paint import clutter, walls
from zoo_figures.pose import draw_view

VERSION = "figures-1"  # what every digest stands on: raise it when a pixel, joint or label changes (a test sees it)
_FIRST = {"train": 0, "val": 1 << 40, "test": 2 << 40}  # identities are numbered apart, so no split shares one
RENDERED = 64  # images at once, where all are
_HALF = {"full": 0.0, "half": 1.0, "mixed": 0.5}


class People(Dataset):
    """Rendered people; image `person * views + view`. The views of a person share body, clothes and background.

    Joints count as visible inside the frame, hidden behind a limb or not; nose, eyes and ears only where the head turns them
    towards the camera. Rendered images, labels and joints stay in memory (4 bytes a pixel), so a second epoch costs nothing;
    what is loaded does not depend on it.
    """

    vocabulary = "cihp20"

    def __init__(
        self,
        context: Context,
        *,
        train_people: Annotated[int, Option("people to train on", "ours")] = 800,
        val_people: Annotated[int, Option("people to validate on", "ours")] = 32,
        test_people: Annotated[int, Option("people to score on", "ours")] = 100,
        views: Annotated[int, Option("images of each person", "ours")] = 6,
        val_pairs: Annotated[int, Option("pairs to validate on", "ours")] = 32,
        test_pairs: Annotated[int, Option("pairs to score on", "ours")] = 400,
        background: Annotated[Literal["plain", "clutter"], Option("plain colours, or clutter", "ours")] = "plain",
        crop: Annotated[Literal["full", "half", "mixed"], Option("whole figures, or half bodies", "ours")] = "full",
        seed: Annotated[int, Option("of the people and their poses", "ours")] = 0,
        device: Annotated[str, Option("where the images are rendered, and nothing else", "ours")] = "cpu",
    ) -> None:
        """`device` renders; batches always come back on the CPU. The context's seed, the training's, plays no part."""
        self.people = {"train": train_people, "val": val_people, "test": test_people}
        self.count = {"train": train_people, "val": val_pairs, "test": test_pairs}
        self.size, self.views, self.background, self.crop, self.seed = context.size, views, background, crop, seed
        self.device = torch.device(device)
        self._cache: dict[str, _Cache] = {}
        if min(self.size) < 16 or views < 2 or min(self.people.values()) < 1:
            raise ZooError(
                f"figures.people cannot draw {self.people} people in {views} views at size {self.size}",
                where="zoo_figures.dataset.People",
                fix="at least 16 x 16 pixels, 2 views and 1 person per split",
                exit_code=2,
            )
        if max(n / self.people[split] for split, n in self.count.items()) > views * (views - 1):
            raise ZooError(
                f"{views} views of a person make only {views * (views - 1)} pairs",
                where="zoo_figures.dataset.People",
                fix="ask for fewer pairs, or for more views or people",
                exit_code=2,
            )

    def groups(self, split: str) -> Sequence[Sequence[int]]:
        return [range(p * self.views, (p + 1) * self.views) for p in range(self._known(split))]

    def pairs(self, split: str) -> Sequence[tuple[int, int]]:
        """Round by round one pair of each person, in an order drawn once; pairs with a real change of pose come first."""
        people, v = self._known(split), self.views
        joints = self.stage(split, torch.arange(people * v)).joints.view(people, v, -1, 2)
        moved = (joints[:, :, None] - joints[:, None]).norm(dim=-1).mean(-1) > 0.05 * self.size[0]
        rank = Dice(self._keys(split, torch.arange(people)) ^ 1).uniform(v * v).view(people, v, v) - moved.double()
        rank.diagonal(dim1=1, dim2=2).fill_(9.0)
        order = rank.flatten(1).argsort(1).T
        sources, targets = order // v + v * torch.arange(people), order % v + v * torch.arange(people)
        return list(zip(sources.flatten().tolist(), targets.flatten().tolist(), strict=True))[: self.count[split]]

    def load(self, split: str, sources: Tensor, targets: Tensor) -> Pair:
        every, place = torch.unique(torch.cat((sources, targets)), return_inverse=True)
        ends = place.split(len(sources))
        shot = cache(lambda: self.stage(split, every))  # to pose people takes as long as to paint them
        image, labels, joints, visible = self._cached(split, every, shot)
        one_hot = F.one_hot(labels.long(), 20).permute(0, 3, 1, 2).float()
        image = image.float() / 127.5 - 1
        batch = Person(size=self.size, joints=joints, visible=visible, image=image, parsing=one_hot)
        source, target = (batch.map(lambda t, i=i: t[i]) for i in ends)  # type: ignore[misc]
        flow, visibility = self._truth(shot, ends[0], ends[1], labels[ends[1]])
        names = tuple(f"{s}->{t}" for s, t in zip(sources.tolist(), targets.tolist(), strict=True))
        return Pair(source=source, target=target, names=names, flow=flow, visibility=visibility)

    def digest(self, split: str) -> str:
        """SHA-256 of the renderer's version and everything that determines what it draws.

        Not of the pixels: another processor may round one of them the other way, and its scores compare all the same. A test
        holds the pixels to the version.
        """
        options = (self.people[split], self.views, self.count[split], self.background, self.crop, self.seed)
        self._known(split)
        return hashlib.sha256(json.dumps((VERSION, split, self.size, *options)).encode()).hexdigest()

    def stage(self, split: str, images: Tensor) -> render.Shot:
        """The people behind image indices (B,), posed and placed, with everything known about them."""
        keys = self._keys(split, images // self.views).to(self.device)
        poses = mix(keys + 1 + (images % self.views).to(self.device))
        return render.stage(draw_look(Dice(keys)), draw_view(Dice(poses)), self.size, _HALF[self.crop])

    def _known(self, split: str) -> int:
        if split not in self.people:
            raise unknown("split", split, self.people, where="figures.people")
        return self.people[split]

    def _keys(self, split: str, people: Tensor) -> Tensor:
        if len(people) and not 0 <= int(people.min()) <= int(people.max()) < self._known(split):
            raise ZooError(
                f"image index out of range for split {split!r}",
                where="figures.people",
                fix=f"0 to {self.people[split] * self.views - 1}",
            )
        return mix(mix(torch.tensor(self.seed)) + _FIRST[split] + people)

    def _draw(self, split: str, images: Tensor, stage: render.Shot) -> tuple[Tensor, ...]:
        """uint8 image and labels, float joints, bool visible, on the CPU; `stage` holds the people behind `images`."""
        dice = Dice(self._keys(split, images // self.views).to(self.device) ^ 2)
        wall = walls(stage.look, self.size) if self.background == "plain" else clutter(stage.look, dice, self.size)
        return tuple(t.cpu() for t in (render.image(stage, wall), render.labels(stage), stage.joints, stage.visible))

    def _cached(self, split: str, images: Tensor, shot: Callable[[], render.Shot]) -> tuple[Tensor, ...]:
        self._keys(split, images // self.views)
        if split not in self._cache:
            whole = kept(self.digest(split), partial(self._all, split))
            self._cache[split] = _Cache(self._known(split) * self.views, self.size, whole)
        cache = self._cache[split]
        missing = (~cache.filled[images]).nonzero()[:, 0]
        if len(missing):
            cache.put(images[missing], self._draw(split, images[missing], shot().at(missing.to(self.device))))
        return tuple(part[images] for part in cache.parts)

    def _all(self, split: str) -> tuple[Tensor, ...]:
        """Every image of a split."""
        everybody = torch.arange(self._known(split) * self.views).split(RENDERED)
        batches = [self._draw(split, images, self.stage(split, images)) for images in everybody]
        return tuple(torch.cat(parts) for parts in zip(*batches, strict=True))

    def _truth(
        self, shot: Callable[[], render.Shot], sources: Tensor, targets: Tensor, labels: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Flow and visibility between people of a shot; exactly nothing moves between an image and itself."""
        flow, visibility = torch.zeros(len(labels), 2, *self.size), (labels > 0).float()[:, None]
        moved = sources != targets
        if moved.any():
            truth = render.motion(*(shot().at(ends[moved].to(self.device)) for ends in (sources, targets)))
            flow[moved], visibility[moved] = (t.cpu() for t in truth)
        return flow, visibility


class _Cache:
    """Room for every image of a split, or all of them at once; untouched pages of `torch.empty` cost no memory."""

    @torch.inference_mode(False)  # it outlives the mode it is made in
    def __init__(self, count: int, size: tuple[int, int], whole: tuple[Tensor, ...] | None) -> None:
        self.filled = torch.full((count,), whole is not None)
        self.parts = whole or (
            torch.empty(count, 3, *size, dtype=torch.uint8),
            torch.empty(count, *size, dtype=torch.uint8),
            torch.empty(count, 18, 2),
            torch.empty(count, 18, dtype=torch.bool),
        )

    def put(self, images: Tensor, values: tuple[Tensor, ...]) -> None:
        for part, value in zip(self.parts, values, strict=True):
            part[images] = value
        self.filled[images] = True
