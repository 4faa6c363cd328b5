"""Student's t for any number of degrees of freedom from 1 on, and sums of what few have guessed, in NumPy alone."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
MOST = 1000.0  # degrees of freedom; with more its 95 % quantile is the normal one to 0.1 %
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(32)


def two_sided(t: Array, freedom: Array) -> Array:
    """P(|T| > |t|), elementwise: the share of cos^(df-1) between arctan(|t| / sqrt df) and pi/2."""
    freedom = np.minimum(freedom, MOST)
    return _tail(np.arctan(np.abs(t) / np.sqrt(freedom)), freedom) / _tail(np.zeros_like(freedom), freedom)


def _tail(angle: Array, freedom: Array) -> Array:
    """Integral of cos^(df-1) from `angle` to pi/2; of a steep fall the first forty lengths, where all of it lies."""
    steep = np.sqrt(freedom) + freedom * np.tan(angle)  # of its logarithm: the curvature's root, and the slope
    span = np.minimum(np.pi / 2 - angle, 40 / steep) / 2
    at = angle[..., None] + span[..., None] * (_NODES + 1)
    return np.asarray(span * (np.cos(at) ** (freedom[..., None] - 1) @ _WEIGHTS))


def chance(differences: Array, variances: Array, freedom: Array) -> Array:
    """P of at least these differences (N,) where there is none: the parts' tails averaged by their variances (N,K).

    Each part is known to its `freedom` (N,K). 1 for no difference, 0 for one where nothing varies.
    """
    total = variances.sum(-1)
    with np.errstate(divide="ignore"):
        t = np.divide(np.abs(differences), np.sqrt(total), out=np.zeros_like(total), where=differences != 0)
    shares = np.divide(variances, total[:, None], out=np.full_like(variances, 1 / variances.shape[1]), where=total[:, None] > 0)
    return np.asarray((shares * two_sided(t[:, None], freedom)).sum(-1))


def half_widths(variances: Array, freedom: Array) -> Array:
    """(N,) of the 95 % intervals of sums of parts (N,K): the differences of `chance` 0.05.

    By secants of its logarithm over that of the difference, all but straight where few degrees of freedom make long tails:
    five steps are exact to 1e-8.
    """
    deviation = np.sqrt(variances.sum(1))
    varies = deviation > 0
    variances, freedom, scale = variances[varies], freedom[varies], deviation[varies]

    def miss(logarithm: Array) -> Array:
        return np.log(chance(np.exp(logarithm) * scale, variances, freedom) / 0.05)

    before, now = np.full(len(scale), np.log(1.9)), np.full(len(scale), np.log(2.6))
    missed, misses = miss(before), miss(now)
    for _ in range(5):
        step = np.divide(misses * (now - before), misses - missed, out=np.zeros_like(now), where=misses != missed)
        before, now, missed = now, now - step, misses
        misses = miss(now)
    found = np.zeros_like(deviation)
    found[varies] = np.exp(now) * scale
    return found
