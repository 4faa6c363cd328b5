"""The two levels at which chance has part in scores: who was photographed, and how the training began. Imports no torch."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zoo.results.contenders import Contender
from zoo.results.difference import FEWEST
from zoo.results.pairs import PairsById, PairScores

Array = NDArray[np.float64]
NORMAL = 1.959964  # standard errors to either side hold 95 %


@dataclass(frozen=True, eq=False)
class Levels:
    """What varies in the means of C contenders on a metric. The equations: `zoo.results.statistics`."""

    means: Array  # (C,)
    people: Array  # (C,) variance of the means
    people_freedom: Array  # (C,) degrees of freedom of it
    moved: Array  # (C,P) how people move the means, scaled so that products are covariances; 0 where that is not known
    seeds: Array  # (C,) variance of the means
    seeds_freedom: Array  # (C,) of it; 0 for fewer seeds than `FEWEST`, of which nothing is said
    paired: NDArray[np.bool_]  # (C,) known pair by pair

    @classmethod
    def of(cls, contenders: Sequence[Contender], metric: str, pairs: PairsById) -> "Levels":
        """Of contenders of one arena that all have the metric; of those without pairs people vary as their intervals say."""
        runs = [np.array([r.scores[metric].mean for r in contender.records]) for contender in contenders]
        moved = _moved(contenders, metric, pairs)
        paired = np.array([m is not None for m in moved])
        count = next((m.shape[1] for m in moved if m is not None), 1)
        middle = np.stack([np.zeros(count) if m is None else m.mean(0) for m in moved])
        people = np.where(paired, (middle**2).sum(1), [_told(contender, metric) for contender in contenders])
        seeds = np.array([_of_seeds(means, m) for means, m in zip(runs, moved, strict=True)])
        degrees = (
            np.where(paired, count - 1.0, np.inf),
            np.array([len(means) - 1.0 if len(means) >= FEWEST else 0.0 for means in runs]),
        )
        return cls(np.array([m.mean() for m in runs]), people, degrees[0], middle, seeds, degrees[1], paired)


def _moved(contenders: Sequence[Contender], metric: str, pairs: PairsById) -> list[Array | None]:
    """Of each (S,P): sqrt(P / (P - 1)) u, what each person moves each seed's mean by; None where a run does not tell."""
    found = [[pairs.get(record.id) for record in contender.records] for contender in contenders]
    usable = [[p for p in runs if p is not None and metric in p.scores] for runs in found]
    first = next((p for runs in usable for p in runs), None)
    if first is None:
        return [None] * len(contenders)
    _, person = np.unique(first.people, return_inverse=True)
    whole = [len(a) == len(b) and all(_same_pairs(p, first) for p in a) for a, b in zip(usable, found, strict=True)]
    told = [
        np.stack([_influence(p, metric, person) for p in runs]) if is_ else None
        for runs, is_ in zip(usable, whole, strict=True)
    ]
    return told if person.max() > 0 else [None] * len(contenders)  # one person tells nothing of others


def _same_pairs(one: PairScores, other: PairScores) -> bool:
    return one is other or (one.names == other.names and np.array_equal(one.people, other.people))


def _influence(pairs: PairScores, metric: str, person: NDArray[np.int64]) -> Array:
    """(P,) sqrt(P / (P - 1)) sum of w (x - m) over the person's pairs / sum of w."""
    weights = pairs.weight(metric)
    values = np.where(weights > 0, pairs.scores[metric].astype(np.float64), 0.0)
    total = weights.sum() or 1.0
    moved = np.bincount(person, weights * (values - weights @ values / total)) / total
    return moved * np.sqrt(len(moved) / max(len(moved) - 1, 1))


def _told(contender: Contender, metric: str) -> float:
    """The variance over people that the intervals of a contender's records tell; its seeds show the same people."""
    scores = [record.scores[metric] for record in contender.records]
    return float(np.mean([((score.high - score.low) / 2 / NORMAL) ** 2 for score in scores]))


def _of_seeds(means: Array, moved: Array | None) -> float:
    """The variance over seeds of the mean of `means` (S,), less what of it is people, whom each seed finds hard differently."""
    count = len(means)
    if count < FEWEST:
        return 0.0
    people = 0.0 if moved is None else float(((moved - moved.mean(0)) ** 2).sum()) / (count * (count - 1))
    return max(0.0, float(means.var(ddof=1)) / count - people)
