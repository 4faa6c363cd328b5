"""A seeded fraction of a grid in which all choices meet about equally often."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from math import ceil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoo.suites.cells import SuiteCell


def drawn(cells: list["SuiteCell"], fraction: float, seed: int) -> list["SuiteCell"]:
    """`fraction` of the cells, in their order: one by one that whose pairs of choices have met least, by lot among equals."""
    left = sorted(cells, key=lambda cell: _lot(cell, seed)) if fraction < 1 else []
    met: Counter[Any] = Counter()
    chosen: set[int] = set()
    for _ in range(ceil(fraction * len(left))):
        best = min(left, key=lambda cell: sum(met[pair] for pair in _pairs(cell)))
        met.update(_pairs(best))
        left.remove(best)
        chosen.add(id(best))
    return [cell for cell in cells if id(cell) in chosen] if fraction < 1 else cells


def _lot(cell: "SuiteCell", seed: int) -> str:
    return hashlib.sha256(f"{seed} {cell.recipe.digest()}".encode()).hexdigest()


def _pairs(cell: "SuiteCell") -> Iterator[Any]:
    return combinations(sorted(cell.levels.items()), 2)
