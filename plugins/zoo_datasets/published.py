"""The splits and the lists of pairs that the field scores on, as rules and hashes: benchmarks/splits. Imports no torch."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import TypeVar

import numpy as np

from zoo.documents.files import assets
from zoo.documents.strict import Strict, validated_model
from zoo.documents.toml import read_toml
from zoo_datasets.lists import Named
from zoo_datasets.shots import KnownPhoto
from zoo_datasets.splits import within

MOST = 12_000  # pairs that are scored
P = TypeVar("P")


class Half(Strict):
    """One split of a published list; hashes are sha256."""

    people: int
    photos: int
    names: str
    pairs: int
    list: str = ""  # of the pairs, sorted
    rows: str = ""  # of the pairs, in their order

    def verdict(self, pairs: Sequence[Named]) -> str:
        """What so many pairs are, beside the published ones."""
        lines = [f"{a},{b}" for a, b in pairs]
        if self.rows and hashed(lines) == self.rows:
            return f"the {self.pairs:,} published pairs, row for row"
        if self.list and hashed(sorted(lines)) == self.list:
            return f"the {self.pairs:,} published pairs, in an order of our own"
        if not (self.rows or self.list) and len(pairs) == self.pairs:
            return f"as many pairs as published, {self.pairs:,}"
        return f"{len(pairs):,} pairs, not the {self.pairs:,} published ones: other annotations, or some of them are missing"


class PublishedSplit(Strict):
    """How a data set is split, and who is held out where names tell."""

    train: Half
    test: Half
    held_out: str = ""  # a file of identities

    def half(self, split: str) -> Half:
        """One of the two."""
        return self.test if split == "test" else self.train


@cache
def published_split(name: str) -> PublishedSplit:
    """benchmarks/splits/NAME.toml."""
    path = assets() / "benchmarks" / "splits" / f"{name}.toml"
    return validated_model(PublishedSplit, read_toml(path), path.name)


@cache
def held_out(name: str) -> frozenset[str]:
    """The identities that are for testing only."""
    listed = assets() / "benchmarks" / "splits" / published_split(name).held_out
    return frozenset(listed.read_text(encoding="utf-8").split())


def usual_pairs(names: Iterable[str], read: Callable[[str], KnownPhoto | None], split: str) -> list[Named]:
    """PATN's rule: all ordered pairs of a person's photos, in the order of `names`; of those for testing 12,000 are drawn.

    `names` are of photos that show both shoulders and both hips, spelt as the list will spell them.
    """
    people: dict[str, list[str]] = defaultdict(list)
    for name in names:
        if (shot := read(name)) and shot.identity:
            people[shot.identity].append(name)
    pairs = within(people)
    return drawn(pairs, MOST) if split == "test" else pairs


def drawn(pairs: Sequence[P], count: int) -> list[P]:
    """`count` of the pairs, or all, as `pandas.DataFrame.sample(n, replace=False, random_state=0)` draws and orders them."""
    order = np.random.RandomState(0).permutation(len(pairs))
    return [pairs[i] for i in order[:count]]


def hashed(lines: Iterable[str]) -> str:
    """sha256 of lines."""
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()
