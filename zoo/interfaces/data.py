"""Data: people in several poses, and which of their pairs a phase sees."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from zoo.errors import ZooError
from zoo.ops.sources import further
from zoo.types import Pair


@dataclass(frozen=True)
class Framing:
    """Where a stored picture lies on the canvas of the track's size; what lies beyond the edges of that is cut off."""

    stored: tuple[int, int]  # (H,W) of the picture as it is stored
    corner: tuple[int, int]  # (top, left) in pixels of the canvas
    inner: tuple[int, int]  # (H,W) in pixels of the canvas


@dataclass(frozen=True)
class DataReport:
    """What a data set found on disk, for `zoo data check`. Of people and pairs `groups` and `pairs` tell."""

    counts: Mapping[str, int] = field(default_factory=dict)  # {"photos": 52712, "joints": 52700}
    left_out: Mapping[str, Sequence[str]] = field(default_factory=dict)  # why -> the names of the photos
    hints: Mapping[str, str] = field(default_factory=dict)  # what is not there -> how to get it
    frames: Mapping[int, Framing] = field(default_factory=dict)  # by the index of the image


@dataclass(frozen=True)
class PairList:
    """A list of pairs that others publish, rebuilt from joints."""

    pairs: Sequence[tuple[str, str]]  # (source, target), by the names that the annotations give
    left_out: Mapping[str, int]  # why -> how many photos
    verdict: str  # how it compares with the published one


class Dataset(ABC):
    """People in several poses. Images have integer indices within a split; samples are loaded in batches."""

    vocabulary: str  # the region vocabulary of its parsing

    @abstractmethod
    def groups(self, split: str) -> Sequence[Sequence[int]]:
        """The image indices of each identity."""

    @abstractmethod
    def pairs(self, split: str) -> Sequence[tuple[int, int]]:
        """The fixed (source, target) image pairs that scores are computed on, in a fixed order."""

    @abstractmethod
    def load(self, split: str, sources: Tensor, targets: Tensor) -> Pair:
        """One batch, on the CPU; `sources` and `targets` (B,) int64 image indices. A pure function of its arguments."""

    def load_several(self, split: str, sources: Tensor, targets: Tensor) -> Pair:
        """As `load`, with S photos of each person as the source: `sources` (B,S)."""
        first, *others = sources.unbind(1)
        pair = self.load(split, first, targets)
        return pair.but(others=tuple(self.load(split, images, images).source for images in others)) if others else pair

    def sources_of(self, split: str, pairs: Sequence[tuple[int, int]], sources: int) -> Tensor:
        """(B,`sources`) the photos of each pair's source, its own first; the others are drawn by the pair alone."""
        group = {image: images for images in self.groups(split) for image in images} if sources > 1 else {}
        return torch.tensor([[s, *(further(group[s], s, t, sources - 1) if sources > 1 else [])] for s, t in pairs])

    @abstractmethod
    def digest(self, split: str) -> str:
        """A hash of the content of a split, for the record."""

    def report(self) -> DataReport:
        """What was found on disk and what was not; by default there is nothing to tell."""
        return DataReport()

    def prepare(self) -> Path:
        """Write down once what would be worked out at every run, where `load` finds it; the place. By default a ZooError."""
        what = f"{type(self).__name__} has nothing to prepare: it reads no photos from disk"
        raise ZooError(what, where="zoo data prepare", fix="go on without", exit_code=2)

    @classmethod
    def rebuilt(cls, shown: Mapping[str, Tensor], split: str) -> PairList:
        """The pairs that the field trains or scores on.

        `shown` is which joints (18,) bool each photo shows, in the annotations' order. By default there are none: ZooError.
        """
        what = f"{cls.__name__} has no list of pairs that is published"
        raise ZooError(what, where="zoo data pairs", fix="name another data set: zoo list dataset shows them")


class Pairing(ABC):
    """Which (source, target) a phase sees. A pure function of (seed, position), so a killed run resumes exactly."""

    needs_target: bool = True  # False: target images are never read
    fewest: int | None = None  # photos of each person in a batch; None: as many as the recipe reads

    def prepare(self, data: Dataset, split: str, folder: Path) -> None:
        """Work to do once before training (a search, an index); stored under `folder`, resumable."""
        return

    @abstractmethod
    def sample(self, data: Dataset, split: str, *, seed: int, start: int, count: int) -> Pair:
        """Samples [start, start + count) of the endless training stream."""
