"""Bootstrap over people: pairs of one person show the same clothes and are not independent."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from zoo.scoring.intervals import Interval

Array = NDArray[np.float64]
People = NDArray[np.int64]
SEED = 0


def mean_interval(values: Array, weights: Array, people: People, resamples: int = 1000) -> Interval | None:
    """Weighted mean of `values` (N,) and its percentile bootstrap interval; pairs of NaN or weight 0 do not count.

    `people` (N,) says whose pair it is. None when nothing counts.
    """
    counts = np.isfinite(values) & (weights > 0)
    if not counts.any():
        return None
    values, weights = values[counts], weights[counts]
    _, person = np.unique(people[counts], return_inverse=True)
    sums, totals = np.bincount(person, weights * values), np.bincount(person, weights)
    n = len(sums)
    drawn = np.random.default_rng(SEED).multinomial(n, np.full(n, 1 / n), size=resamples)
    mean = float(sums.sum() / totals.sum())
    low, high = np.quantile((drawn @ sums) / (drawn @ totals), [0.025, 0.975])
    return Interval(mean=mean, low=min(float(low), mean), high=max(float(high), mean), n=len(values))  # equal up to rounding


def resampled_rows(people: People, resamples: int) -> Iterator[People]:
    """The rows of as many people as there are, drawn with replacement, `resamples` times."""
    rows_of = [np.flatnonzero(people == person) for person in np.unique(people)]
    drawn = np.random.default_rng(SEED).integers(len(rows_of), size=(resamples, len(rows_of)))
    return (np.concatenate([rows_of[i] for i in draw]) for draw in drawn)
