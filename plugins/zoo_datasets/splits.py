"""Which photos are for testing and which pairs are scored: by rule, or by lists."""

import hashlib
from collections.abc import Mapping, Sequence
from itertools import permutations
from pathlib import Path
from typing import TypeVar

from zoo.errors import ZooError
from zoo_datasets.lists import pairs_of
from zoo_datasets.names import Names, read_text

P = TypeVar("P")
Groups = Mapping[str, Sequence[int]]  # the photos of each person


def held_out(person: str, part: float) -> bool:
    """Whether a person is kept for testing: sha256 of the name, read as a number in [0,1), lies below `part`.

    It asks nothing of anybody else, so that a photo more or less moves nobody, and nets trained elsewhere can keep to it.
    """
    return chance(person) < part


def chance(name: str) -> float:
    """A number in [0,1) that is the name's for good."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") / 2**64


def share(people: Groups, part: float) -> set[int]:
    """The photos of about a `part` of the people (see `held_out`), of one person at least and never of all."""
    order = sorted(people, key=chance)
    count = sum(held_out(name, part) for name in order)
    if 0 < part < 1 < len(order):
        count = min(max(count, 1), len(order) - 1)
    return {i for name in order[:count] for i in people[name]}


def listed(names: Names, path: Path) -> set[int]:
    """The photos a list names, one per line."""
    return {_index(names, line, path) for line in read_text(path).splitlines() if line.strip()}


def listed_pairs(names: Names, path: Path) -> list[tuple[int, int]]:
    """The pairs of a list, in its order."""
    return [(_index(names, source, path), _index(names, target, path)) for source, target in pairs_of(path)]


def _index(names: Names, name: str, path: Path) -> int:
    found = names.find(name, str(path))
    if found is None:
        what = f"{path.name} names {name.strip()!r}, which is not among the photos"
        raise ZooError(what, where=str(path), fix="strike it off the list, or mend `images`")
    return found


def within(people: Mapping[str, Sequence[P]]) -> list[tuple[P, P]]:
    """All ordered pairs of two photos of one person."""
    return [pair for photos in people.values() for pair in permutations(photos, 2)]


def strangers(people: Groups, count: int) -> list[tuple[int, int]]:
    """`count` pairs of a photo and the pose of somebody else's, in which every photo is a source as often as any other.

    People stand in a ring in the order of their `chance`; in round k everybody takes the pose of the k-th after them.
    """
    ring = sorted(people, key=chance)
    rounds = [(a, ring[(i + k) % len(ring)]) for k in range(1, len(ring)) for i, a in enumerate(ring)]
    pairs = [(a, people[to][n % len(people[to])]) for who, to in rounds for n, a in enumerate(people[who])]
    return pairs[:count]


def spread(pairs: Sequence[tuple[int, int]], count: int | None) -> list[tuple[int, int]]:
    """`count` of the pairs at equal distances, in their order; all of them without a count."""
    if count is None or count >= len(pairs):
        return list(pairs)
    return [pairs[i * len(pairs) // count] for i in range(count)]
