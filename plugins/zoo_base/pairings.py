"""Which (source, target) a phase sees: pure functions of (seed, position in the endless stream)."""

import hashlib

import torch
from torch import Tensor

from zoo.errors import ZooError
from zoo.interfaces import Context, Dataset, Pairing
from zoo.types import Pair


def seeded(*key: object) -> torch.Generator:
    """A CPU generator that depends on nothing but `key`."""
    digest = hashlib.sha256(repr(key).encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:7], "big"))


def stream(length: int, *, seed: int, start: int, count: int) -> tuple[Tensor, Tensor]:
    """Positions [start, start + count) of an endless stream in which every epoch is a permutation of range(length).

    Returns the items (count,) and a uniform number in [0, 1) for each (count,), for a second choice that goes with the item.
    """
    first, last = start // length, (start + count - 1) // length
    generators = [seeded(seed, epoch) for epoch in range(first, last + 1)]
    items = torch.cat([torch.randperm(length, generator=g) for g in generators])
    chances = torch.cat([torch.rand(length, generator=g, dtype=torch.float64) for g in generators])
    here = slice(start - first * length, start - first * length + count)
    return items[here], chances[here]


class SelfPairing(Pairing):
    """Source and target are the same image: self-supervised training. Every epoch sees every image once."""

    needs_target = False

    def __init__(self, context: Context) -> None:
        self._groups = _GroupTable(1)

    def sample(self, data: Dataset, split: str, *, seed: int, start: int, count: int) -> Pair:
        images, _, _ = self._groups.of(data, split)
        items, _ = stream(len(images), seed=seed, start=start, count=count)
        return data.load(split, images[items], images[items])


class RandomPairs(Pairing):
    """Source and target are different images of one identity. Every epoch sees every image once as the source."""

    def __init__(self, context: Context) -> None:
        self._groups = _GroupTable(2)

    def sample(self, data: Dataset, split: str, *, seed: int, start: int, count: int) -> Pair:
        images, first, size = self._groups.of(data, split)
        items, chances = stream(len(images), seed=seed, start=start, count=count)
        step = 1 + (chances * (size[items] - 1)).long()  # 1 ... size - 1 places further round the group, never 0
        partners = first[items] + (items - first[items] + step) % size[items]
        return data.load(split, images[items], images[partners])


class ListedPairs(Pairing):
    """The data's own pairs of the split, the papers' lists for instance. Every epoch sees every pair once."""

    def __init__(self, context: Context) -> None:
        self.known: tuple[Dataset, str] | None = None
        self.listed: Tensor

    def sample(self, data: Dataset, split: str, *, seed: int, start: int, count: int) -> Pair:
        if self.known is None or self.known[0] is not data or self.known[1] != split:
            if not (pairs := data.pairs(split)):
                fix = 'pairing = "base.paired", or a data set with a list of pairs'
                raise ZooError(f"split {split!r} has no list of pairs", where="pairing base.listed", fix=fix)
            self.known, self.listed = (data, split), torch.tensor(pairs)
        items, _ = stream(len(self.listed), seed=seed, start=start, count=count)
        return data.load(split, *self.listed[items].T)


class Unpaired(Pairing):
    """A photo of one person and the pose of somebody else's: nothing of a target but its joints, and no truth about it.

    Every epoch sees every image once as the source. What is left to learn from is the source itself (`until = "cycle"`).
    """

    needs_target = False

    def __init__(self, context: Context) -> None:
        self._groups = _GroupTable(1)

    def sample(self, data: Dataset, split: str, *, seed: int, start: int, count: int) -> Pair:
        images, first, size = self._groups.of(data, split)
        if size[0] == len(images):
            raise ZooError(f"split {split!r} shows one person only", where="pairing base.unpaired",
                           fix='pairing = "base.self", or photos of several people')  # fmt: skip
        items, chances = stream(len(images), seed=seed, start=start, count=count)
        others = len(images) - size[items]  # the next person's first image is the first of them
        chosen = (first[items] + size[items] + (chances * others).long()) % len(images)
        return untold(data.load(split, images[items], images[chosen]))


def untold(pair: Pair, parsing: Tensor | None = None) -> Pair:
    """The pair without the target's image and the true motion; what the target shows of regions is `parsing`."""
    return pair.but(target=pair.target.but(image=None, parsing=parsing), flow=None, visibility=None)


class _GroupTable:
    """The images of the groups of at least `smallest`, one after the other, with their group's first place and size."""

    def __init__(self, smallest: int) -> None:
        self.smallest = smallest
        self.known: tuple[Dataset, str] | None = None
        self.table: tuple[Tensor, Tensor, Tensor]

    def of(self, data: Dataset, split: str) -> tuple[Tensor, Tensor, Tensor]:
        if self.known is None or self.known[0] is not data or self.known[1] != split:
            self.known, self.table = (data, split), self._read(data, split)
        return self.table

    def _read(self, data: Dataset, split: str) -> tuple[Tensor, Tensor, Tensor]:
        groups = [list(g) for g in data.groups(split) if len(g) >= self.smallest]
        if not groups:
            raise ZooError(f"split {split!r} has no person with {self.smallest} images", where="zoo_base.pairings",
                           fix='pairing = "base.self", or a data set with several photos of a person')  # fmt: skip
        sizes = torch.tensor([len(g) for g in groups])
        first = torch.cat([torch.zeros(1, dtype=torch.long), sizes.cumsum(0)[:-1]])
        images = torch.tensor([i for g in groups for i in g])
        return images, first.repeat_interleave(sizes), sizes.repeat_interleave(sizes)
