"""A data set: people in several poses; a track names it. `zoo.interfaces.Dataset` is the contract."""

import hashlib
from collections.abc import Sequence
from typing import Annotated

import torch
from torch import Tensor

from zoo.errors import unknown
from zoo.hookspecs import Option
from zoo.interfaces import Context, Dataset
from zoo.ops.maps import skeleton_mask
from zoo.ops.noise import seeded
from zoo.ops.regions import one_hot, region_paint
from zoo.regions import vocabulary
from zoo.skeleton import JOINTS
from zoo.types import Pair, Person

VERSION = 1  # a part of the digest: raise it when what is loaded changes
STANDING = torch.tensor([  # x and y of the 18 joints, as shares of the image
    (0.50, 0.14), (0.50, 0.22), (0.41, 0.23), (0.36, 0.36), (0.33, 0.48), (0.59, 0.23), (0.64, 0.36), (0.67, 0.48),
    (0.45, 0.50), (0.43, 0.70), (0.42, 0.90), (0.55, 0.50), (0.57, 0.70), (0.58, 0.90), (0.48, 0.12), (0.52, 0.12),
    (0.45, 0.13), (0.55, 0.13),
])  # fmt: skip
LIMBS = {  # what a region is drawn along, one over the other
    "pants": ((8, 9), (9, 10), (11, 12), (12, 13)),
    "upper": ((1, 8), (1, 11), (8, 11), (2, 5)),
    "arms": ((2, 3), (3, 4), (5, 6), (6, 7)),
    "face": ((0, 1), (16, 17)),
}


class StickPeople(Dataset):
    """People of sticks: a person is the colours of four regions, an image is a pose of theirs. Yours come from files."""

    vocabulary = "scm8"  # of the parsings

    # Keyword-only arguments are the options that tracks set and `zoo show` prints: what each means, and who asks for it.
    def __init__(
        self,
        context: Context,
        *,
        people: Annotated[int, Option("people to train on; a quarter as many to validate and to test on", "ours")] = 64,
        poses: Annotated[int, Option("images of each person", "ours")] = 4,
    ) -> None:
        self.size, self.poses = context.size, poses
        self.people = {"train": people, "val": people // 4, "test": people // 4}

    def groups(self, split: str) -> Sequence[Sequence[int]]:
        """The images of each person: numbers that `load` understands."""
        return [range(self.poses * person, self.poses * (person + 1)) for person in range(self._count(split))]

    def pairs(self, split: str) -> Sequence[tuple[int, int]]:
        """The (source, target) that scores are computed on."""
        return [(images[0], images[1]) for images in self.groups(split)]

    def load(self, split: str, sources: Tensor, targets: Tensor) -> Pair:
        """One batch, on the CPU: the same for the same numbers, always."""
        source, target = (self._people(split, images.tolist()) for images in (sources, targets))
        names = tuple(f"{s}->{t}" for s, t in zip(sources.tolist(), targets.tolist(), strict=True))
        return Pair(source=source, target=target, names=names)

    def digest(self, split: str) -> str:
        """For the record: whatever changes the data changes it."""
        return hashlib.sha256(repr((VERSION, split, self._count(split), self.poses, self.size)).encode()).hexdigest()

    def _people(self, split: str, images: Sequence[int]) -> Person:
        """Read your photos, joints and label maps here."""
        shaken = [0.02 * torch.randn(JOINTS, 2, generator=seeded(split, image)) for image in images]
        joints = (STANDING + torch.stack(shaken)) * torch.tensor([self.size[1] - 1, self.size[0] - 1])
        visible = torch.ones(len(images), JOINTS, dtype=torch.bool)
        labels = torch.zeros(len(images), *self.size, dtype=torch.long)
        for region, limbs in LIMBS.items():
            drawn = skeleton_mask(joints, visible, self.size, 0.04 * self.size[0], limbs)[:, 0] > 0
            labels[drawn] = vocabulary(self.vocabulary).index(region)
        parsing = one_hot(labels, len(vocabulary(self.vocabulary)))
        colours = [torch.rand(parsing.shape[1], 3, generator=seeded(split, "person", n // self.poses)) for n in images]
        image = region_paint(2 * torch.stack(colours) - 1, parsing)
        return Person(size=self.size, joints=joints, visible=visible, image=image, parsing=parsing)

    def _count(self, split: str) -> int:
        if split not in self.people:
            raise unknown("split", split, self.people, where="dataset myplugin.sticks")
        return self.people[split]
