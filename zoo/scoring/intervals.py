"""95 % bootstrap intervals over pairs."""

import numpy as np
from numpy.typing import NDArray

from zoo.records import Interval

Array = NDArray[np.float64]
SEED = 0


def mean_interval(values: Array, weights: Array, resamples: int = 1000) -> Interval | None:
    """Weighted mean of `values` (N,) and its percentile bootstrap interval; pairs of NaN or weight 0 do not count."""
    counts = np.isfinite(values) & (weights > 0)
    values, weights = values[counts], weights[counts]
    n = len(values)
    if n == 0:
        return None
    drawn = np.random.default_rng(SEED).multinomial(n, np.full(n, 1 / n), size=resamples)
    means = drawn @ (weights * values) / (drawn @ weights)
    low, high = np.quantile(means, [0.025, 0.975])
    return Interval(mean=float(np.average(values, weights=weights)), low=float(low), high=float(high), n=n)


def frechet_interval(first: Array, second: Array, resamples: int = 200) -> Interval | None:
    """Frechet distance of two feature sets (N,F), paired row by row, +- 1.96 bootstrap standard deviations.

    Not percentiles: a resample holds duplicates, so its covariance is poorer and its distance larger than that of the sample.
    """
    n = len(first)
    if n < 2:
        return None
    distance = frechet(first, second)
    rows = np.random.default_rng(SEED).integers(n, size=(resamples, n))
    spread = 1.96 * float(np.std([frechet(first[i], second[i]) for i in rows], ddof=1))
    return Interval(mean=distance, low=max(0.0, distance - spread), high=distance + spread, n=n)


def frechet(first: Array, second: Array) -> float:
    """|m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^1/2) of features (N,F); means m, covariances S with N - 1.

    The trace of the root is the sum of the roots of the eigenvalues of R' S2 R, where S1 = R R': a symmetric problem.
    """
    s1, s2 = np.cov(first, rowvar=False), np.cov(second, rowvar=False)
    values, vectors = np.linalg.eigh(s1)
    root = vectors * np.sqrt(values.clip(0))
    mixed = np.linalg.eigvalsh(root.T @ s2 @ root)
    apart = np.square(first.mean(0) - second.mean(0)).sum()
    return max(0.0, float(apart + np.trace(s1) + np.trace(s2) - 2 * np.sqrt(mixed.clip(0)).sum()))
