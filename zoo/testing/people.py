"""People made of noise, for tests: small, seeded, and as awkward as the contract allows."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from zoo.interfaces import Dataset
from zoo.skeleton import JOINTS
from zoo.types import FeatureSpec, Pair, Person, Style


def make_person(
    size: tuple[int, int] = (32, 32), batch: int = 2, regions: int = 8, seed: int = 0, *, missing: float = 0.0
) -> Person:
    """Random people whose regions are random label blobs; every third joint is missing, and lies at `missing` then.

    The coordinates of a missing joint mean nothing: with `missing` NaN whoever reads them shows it.
    """
    height, width = size
    generator = torch.Generator().manual_seed(seed)
    joints = torch.rand(batch, JOINTS, 2, generator=generator) * torch.tensor([width - 1.0, height - 1.0])
    visible = torch.ones(batch, JOINTS, dtype=torch.bool)
    visible[:, ::3] = False
    coarse = torch.randint(0, regions, (batch, 1, 4, 4), generator=generator).float()
    labels = F.interpolate(coarse, size=size).long()[:, 0]
    parsing = F.one_hot(labels, regions).permute(0, 3, 1, 2).float()
    image = torch.rand(batch, 3, height, width, generator=generator) * 2 - 1
    joints = joints + torch.where(visible, 0.0, missing)[..., None]
    return Person(size=size, joints=joints, visible=visible, image=image, parsing=parsing)


def make_pair(
    size: tuple[int, int] = (32, 32), batch: int = 2, regions: int = 8, seed: int = 0, *, missing: float = 0.0
) -> Pair:
    """Two random people per sample, with a zero flow as truth."""
    source, target = (make_person(size, batch, regions, s, missing=missing) for s in (seed, seed + 1))
    names = tuple(f"{i}->{i}" for i in range(batch))
    return Pair(
        source=source, target=target, names=names,
        flow=torch.zeros(batch, 2, *size), visibility=torch.ones(batch, 1, *size),
    )  # fmt: skip


def make_style(spec: FeatureSpec, person: Person, seed: int = 0) -> Style:
    """A random style of `person` with the shapes of `spec`, in [-1,1]; its pyramid takes gradients."""
    generator = torch.Generator().manual_seed(seed)
    batch, (height, width) = len(person), person.size
    grids = [(height // stride, width // stride) for stride in spec.strides]
    pyramid = tuple(
        torch.rand(batch, channels, *grid, generator=generator).mul(2).sub(1).requires_grad_()
        for channels, grid in zip(spec.channels, grids, strict=True)
    )
    codes = torch.randn(batch, spec.regions, spec.code_width, generator=generator)
    return Style(pyramid=pyramid, codes=codes, parsing=person.parsing)


class PeopleOfNoise(Dataset):
    """Three people in two poses each, or more, for pairings to choose from."""

    def __init__(self, size: tuple[int, int], vocabulary: str, regions: int, poses: int = 2) -> None:
        self.size, self.vocabulary, self.regions, self.poses = size, vocabulary, regions, poses

    def groups(self, split: str) -> Sequence[Sequence[int]]:
        return [range(self.poses * person, self.poses * (person + 1)) for person in range(3)]

    def pairs(self, split: str) -> Sequence[tuple[int, int]]:
        return [(0, 1), (self.poses + 1, self.poses)]

    def load(self, split: str, sources: Tensor, targets: Tensor) -> Pair:
        source, target = (self._people(images) for images in (sources, targets))
        names = tuple(f"{s}->{t}" for s, t in zip(sources.tolist(), targets.tolist(), strict=True))
        return Pair(source=source, target=target, names=names)

    def _people(self, images: Tensor) -> Person:
        people = [make_person(self.size, 1, self.regions, seed=int(image)) for image in images]
        joined = {name: torch.cat([getattr(p, name) for p in people]) for name in ("joints", "visible", "image", "parsing")}
        return Person(size=self.size, **joined)

    def digest(self, split: str) -> str:
        return "noise"
