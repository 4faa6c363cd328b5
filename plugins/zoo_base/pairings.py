"""Which (source, target) a phase sees: pure functions of (seed, position in the endless stream)."""

from typing import Annotated

import torch
from torch import Tensor

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context, Dataset, Pairing
from zoo.ops.noise import seeded
from zoo.ops.sources import further
from zoo.types import Pair


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
    """Source and target are the same image: self-supervised training. Every epoch sees every image once.

    Where the recipe reads several photos, the others are more of the person's.
    """

    needs_target = False

    def __init__(self, context: Context) -> None:
        self._groups, self.sources = _GroupTable(context.sources), context.sources

    def sample(self, data: Dataset, split: str, *, seed: int, start: int, count: int) -> Pair:
        images, _, _ = self._groups.of(data, split)
        items, _ = stream(len(images), seed=seed, start=start, count=count)
        sources = self._groups.with_others(items, images[items], self.sources - 1, (seed, start))
        return data.load_several(split, sources, images[items])


class RandomPairs(Pairing):
    """Source and target are different images of one identity. Every epoch sees every image once as the source.

    Where the recipe reads several photos, the others are more of the person's, never the target. A share `fewer` of the
    batches shows fewer of them, one to all but one as often, for a model that makes do with what there is.
    """

    def __init__(
        self,
        context: Context,
        *,
        fewer: Annotated[float, Option("share of the batches with fewer photos than the recipe reads", "ours")] = 0.0,
    ) -> None:
        self._groups, self.sources, self.fewer = _GroupTable(1 + context.sources), context.sources, fewer
        self.fewest = 1 if fewer else context.sources
        if not 0 <= fewer <= 1:
            raise ZooError(
                f"fewer is {fewer}, and it is a share", where="pairing base.paired", fix="between 0 and 1", exit_code=2
            )

    def sample(self, data: Dataset, split: str, *, seed: int, start: int, count: int) -> Pair:
        images, first, size = self._groups.of(data, split)
        items, chances = stream(len(images), seed=seed, start=start, count=count)
        step = 1 + (chances * (size[items] - 1)).long()  # 1 ... size - 1 places further round the group, never 0
        partners = first[items] + (items - first[items] + step) % size[items]
        sources = self._groups.with_others(items, images[partners], self._photos(seed, start) - 1, (seed, start))
        return data.load_several(split, sources, images[partners])

    def _photos(self, seed: int, start: int) -> int:
        """How many photos of each person the batch at `start` of the stream shows."""
        if self.sources == 1 or not self.fewer:
            return self.sources
        fewer, which = torch.rand(2, generator=seeded(seed, "photos", start)).tolist()
        return 1 + int(which * (self.sources - 1)) if fewer < self.fewer else self.sources


class ListedPairs(Pairing):
    """The data's own pairs of the split, the papers' lists for instance. Every epoch sees every pair once.

    Where the recipe reads several photos, the others are more of the person's, never the target.
    """

    def __init__(self, context: Context) -> None:
        self.known: tuple[Dataset, str] | None = None
        self.listed: Tensor
        self._groups, self.sources = _GroupTable(1), context.sources

    def sample(self, data: Dataset, split: str, *, seed: int, start: int, count: int) -> Pair:
        if self.known is None or self.known[0] is not data or self.known[1] != split:
            if not (pairs := data.pairs(split)):
                fix = "--set phases.PHASE.pairing=base.paired, or a data set with a list of pairs"
                raise ZooError(f"split {split!r} has no list of pairs", where="pairing base.listed", fix=fix)
            self.known, self.listed = (data, split), torch.tensor(pairs)
        items, _ = stream(len(self.listed), seed=seed, start=start, count=count)
        sources, targets = self.listed[items].T
        if self.sources == 1:
            return data.load(split, sources, targets)
        images, _, _ = self._groups.of(data, split)
        places = torch.cat([(images == source).nonzero()[:1, 0] for source in sources])
        return data.load_several(split, self._groups.with_others(places, targets, self.sources - 1, (seed, start)), targets)


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
                           fix='--set phases.PHASE.pairing=base.self, or photos of several people')  # fmt: skip
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

    def with_others(self, items: Tensor, targets: Tensor, count: int, position: tuple[int, int]) -> Tensor:
        """The images at places `items` (B,) and `count` more of the same people (B,1 + count), which are not the targets.

        `position` is the seed and the place of the first in the stream.
        """
        images, first, size = self.table
        seed, start = position
        rows = [
            further(images[first[i] : first[i] + size[i]].tolist(), int(images[i]), int(target), count, seed, start + n)
            for n, (i, target) in enumerate(zip(items.tolist(), targets.tolist(), strict=True))
        ]
        return torch.cat([images[items][:, None], torch.tensor(rows, dtype=torch.long).reshape(len(items), count)], 1)

    def _read(self, data: Dataset, split: str) -> tuple[Tensor, Tensor, Tensor]:
        groups = [list(g) for g in data.groups(split) if len(g) >= self.smallest]
        if not groups:
            raise ZooError(f"split {split!r} has no person with {self.smallest} images", where="zoo_base.pairings",
                           fix='--set phases.PHASE.pairing=base.self, or data with several photos of a person')  # fmt: skip
        sizes = torch.tensor([len(g) for g in groups])
        first = torch.cat([torch.zeros(1, dtype=torch.long), sizes.cumsum(0)[:-1]])
        images = torch.tensor([i for g in groups for i in g])
        return images, first.repeat_interleave(sizes), sizes.repeat_interleave(sizes)
