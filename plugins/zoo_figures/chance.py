"""Counter-based random numbers: each person's draws depend on their key alone, never on the batch they are drawn in."""

import torch
from torch import Tensor


def _signed(bits: int) -> int:
    return bits - (1 << 64) if bits >> 63 else bits


_GOLDEN, _M1, _M2 = map(_signed, (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def _right(z: Tensor, bits: int) -> Tensor:
    return (z >> bits) & ((1 << (64 - bits)) - 1)  # >> of int64 is arithmetic


def mix(key: Tensor) -> Tensor:
    """The SplitMix64 finaliser (Steele et al., OOPSLA 2014) of int64 keys, any shape."""
    z = key + _GOLDEN
    z = (z ^ _right(z, 30)) * _M1
    z = (z ^ _right(z, 27)) * _M2
    return z ^ _right(z, 31)


class Dice:
    """A stream of draws for each key of a batch; the n-th draw is a pure function of (key, n)."""

    def __init__(self, key: Tensor) -> None:
        """`key` (B,) int64."""
        self.key = mix(key)
        self.drawn = 0

    def uniform(self, count: int) -> Tensor:
        """(B,count) float64 in [0,1)."""
        steps = torch.arange(self.drawn, self.drawn + count, device=self.key.device)
        self.drawn += count
        return _right(mix(self.key[:, None] + steps * _GOLDEN), 11).double() * 2.0**-53

    def between(self, low: float, high: float) -> Tensor:
        """(B,) uniform in [low, high)."""
        return low + (high - low) * self.uniform(1)[:, 0]

    def bell(self, count: int) -> Tensor:
        """(B,count) roughly normal, mean 0, deviation 1, within +-3 (Irwin-Hall of three)."""
        return 2 * (self.uniform(3 * count).view(-1, 3, count).sum(1) - 1.5)

    def chance(self, probability: float) -> Tensor:
        """(B,) bool."""
        return self.uniform(1)[:, 0] < probability

    def pick(self, weights: tuple[float, ...]) -> Tensor:
        """(B,) int64 index drawn with odds `weights`."""
        edges = torch.tensor(weights, dtype=torch.float64, device=self.key.device).cumsum(0)
        return torch.searchsorted(edges, self.uniform(1)[:, 0] * edges[-1], right=True).clamp(max=len(weights) - 1)

    def row(self, table: Tensor) -> Tensor:
        """(B,C) one row of `table` (N,C), all rows equally likely."""
        return table.to(self.key.device)[self.pick((1.0,) * len(table))]
