"""A difference of two contenders, and what may be said of it. Imports no torch."""

from dataclasses import dataclass

from zoo.scoring.protocols import Metric

CERTAIN = 0.05  # the share of findings of nothing that is put up with
FEWEST = 3  # seeds that tell how much trainings of a recipe differ


@dataclass(frozen=True)
class Difference:
    """a - b on one metric."""

    metric: Metric
    mean: float
    low: float  # of the 95 % interval of this comparison alone
    high: float
    p: float  # of no difference, two-sided
    adjusted: float  # the same by Holm, over the family of comparisons it belongs to
    seeds: tuple[int, int]
    paired: bool  # by the scores of pairs; else from the two intervals

    @property
    def better(self) -> str | None:
        """ "a" or "b" where the family leaves it certain, else None."""
        if self.adjusted >= CERTAIN:
            return None
        return "a" if (self.mean > 0) == self.metric.higher_is_better else "b"

    def sentence(self, a: str, b: str) -> str:
        """`a beats b on region colour error by 1.9 dE76, 95 % 1.6 to 2.2, 3 seeds`, of contenders of these names."""
        unit = f" {self.metric.unit}" if self.metric.unit else ""
        if self.better is None:
            family = " among so many comparisons" if self.low > 0 or self.high < 0 else ""
            told = f"{a} and {b} cannot be told apart on {self.metric.words}{family}: {self.mean:+.3g}{unit}"
            return f"{told}, 95 % {self.low:+.3g} to {self.high:+.3g}, {self.basis}"
        winner, loser = (a, b) if self.better == "a" else (b, a)
        low, high = (self.low, self.high) if self.mean > 0 else (-self.high, -self.low)
        by = f"{winner} beats {loser} on {self.metric.words} by {abs(self.mean):.3g}{unit}"
        return f"{by}, 95 % {low:.3g} to {high:.3g}, {self.basis}"

    @property
    def basis(self) -> str:
        """What it rests on: `3 seeds`; or, of trainings and not of recipes, `one training each`, `2 and 1 trainings`."""
        a, b = self.seeds
        unit = "seeds" if min(a, b) >= FEWEST else "trainings"
        told = "one training each" if a == b == 1 else f"{a} {unit}" if a == b else f"{a} and {b} {unit}"
        return told if self.paired else f"{told}, from the two intervals"
