"""95 % bootstrap intervals over people: pairs of one person show the same clothes and are not independent."""

from collections.abc import Iterator
from typing import Annotated, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from zoo.documents.strict import Strict

Array = NDArray[np.float64]
People = NDArray[np.int64]
Score = Annotated[float, Field(ge=-1e15, le=1e15)]  # differences and squares of scores stay finite
SEED = 0


class Interval(Strict):
    """A mean over `n` pairs with its 95 % interval (bootstrap over people), which holds it."""

    mean: Score
    low: Score
    high: Score
    n: Annotated[int, Field(gt=0, lt=2**63)]

    @model_validator(mode="after")
    def _holds_its_mean(self) -> Self:
        if not self.low <= self.mean <= self.high:
            raise ValueError(f"the interval from {self.low:g} to {self.high:g} does not hold its mean {self.mean:g}")
        return self


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
