"""How sure the differences of contenders are, from the scores of their pairs. Imports no torch.

The score m of a contender is the mean over its S seeds of weighted means over pairs. Chance has part in who was photographed
and in how the training began, so both are levels of a hierarchical bootstrap: seeds are drawn with replacement, and people,
with all their pairs and the same for all contenders and seeds. Its variance is written down in closed form, to which ever more
draws tend. Where u_sp = (sum of w (x - m_s) over p's pairs) / (sum of w) is how much person p moves the mean m_s of seed s,

    people   c_ab = P / (P - 1) sum_p u_a.p u_b.p                           u_a.p: the mean over the seeds of a
    seeds    v_a  = sum_s (m_as - m_a)^2 / (S (S - 1)) - P / (P - 1) sum_sp (u_asp - u_a.p)^2 / (S (S - 1)),   at least 0

    Var(m_a - m_b) = V_people + V_seeds,    V_people = c_aa + c_bb - 2 c_ab,    V_seeds = v_a + v_b

P / (P - 1) and S - 1 mend what drawing alone gets wrong: of three seeds it finds two thirds of the variance. What each seed
finds hard differently stands in both levels and is taken off one. And a variance of three seeds is itself a guess. So a
difference of t standard errors is held against the tails of Student's t at both levels, by what each brings to the variance,

    p(t) = (V_people P(|T_f| > t) + V_seeds P(|T_g| > t)) / (V_people + V_seeds),    f = P - 1,

where g = (v_a + v_b)^2 / (v_a^2 / (S_a - 1) + v_b^2 / (S_b - 1)) (Satterthwaite 1946); the 95 % interval ends where p is
0.05. With three seeds or more it holds the truth in 94 to 97 of 100 cases, however the parts compare
(tests/results/test_statistics.py). Two are too few: it would in 91 to 98, and one degree of freedom tells nothing apart.

So where one of two contenders has fewer than three seeds, these trainings are compared, and not their recipes: V_seeds = 0.
A contender without scores of pairs has c_aa from the interval of its record and c_ab = 0: it is compared as if other people had
been photographed for it, which is less sharp.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from zoo.results.contenders import Contender
from zoo.results.difference import Difference
from zoo.results.levels import Array, Levels
from zoo.results.pairs import PairsById
from zoo.results.student import chance, half_widths
from zoo.scoring.intervals import Interval
from zoo.scoring.protocols import Metric

EVERY = slice(None)
FAMILY = 300  # contenders up to which every comparison is gone through; with more, Bonferroni's bound takes Holm's place


@dataclass(frozen=True, eq=False)
class Comparisons:
    """Every two of C contenders of one arena on one metric, which all of them have: a family, corrected as one."""

    contenders: Sequence[Contender]
    metric: Metric
    levels: Levels

    @classmethod
    def of(cls, contenders: Sequence[Contender], metric: Metric, pairs: PairsById) -> "Comparisons":
        """Of contenders of one arena that all have the metric; `pairs` are the scores of their pairs, where there are any."""
        return cls(contenders, metric, Levels.of(contenders, metric.name, pairs))

    def intervals(self) -> list[Interval]:
        """The contenders' scores, which of a single seed are their records' own."""
        own = self.levels
        parts = np.stack((own.people, own.seeds), 1), np.stack((own.people_freedom, np.maximum(own.seeds_freedom, 1.0)), 1)
        found = zip(self.contenders, own.means.tolist(), half_widths(*parts).tolist(), strict=True)
        return [
            _interval([r.scores[self.metric.name] for r in contender.records], mean, half) for contender, mean, half in found
        ]

    def difference(self, a: int, b: int) -> Difference:
        """Contender a - contender b."""
        return self.differences(a, [b])[0]

    def differences(self, a: int, others: Sequence[int]) -> list[Difference]:
        """Contender a - each of the others."""
        places, own = np.asarray(others), self.levels
        parts = tuple(part[places] for part in self._parts(a))
        means, halves = own.means[a] - own.means[places], half_widths(*parts)
        p = chance(means, *parts)
        adjusted = np.minimum(1.0, p * self._count) if self._many else self._holm[a, places]
        ends = means - halves, means + halves
        counts = [(len(self.contenders[a].records), len(self.contenders[b].records)) for b in others]
        paired = (own.paired[a] & own.paired[places]).tolist()
        found = zip(*(column.tolist() for column in (means, *ends, p, adjusted)), counts, paired, strict=True)
        return [Difference(self.metric, *facts) for facts in found]

    def p(self, a: int, some: slice = EVERY) -> Array:
        """(C,) of no difference between contender a and each, or `some` of them."""
        parts = (part[some] for part in self._parts(a))
        return chance((self.levels.means - self.levels.means[a])[some], *parts)

    def adjusted(self, a: int, some: slice = EVERY) -> Array:
        """(C,) the same, corrected for the family."""
        if self._many:
            return np.minimum(1.0, self.p(a, some) * self._count)
        return np.asarray(self._holm[a, some])

    @property
    def _many(self) -> bool:
        return len(self.contenders) > FAMILY

    @property
    def _count(self) -> float:
        """Of comparisons."""
        return len(self.contenders) * (len(self.contenders) - 1) / 2

    @cached_property
    def _holm(self) -> Array:
        p = np.stack([self.p(a) for a in range(len(self.contenders))])
        upper = np.triu_indices(len(p), 1)
        corrected = np.ones_like(p)
        corrected[upper] = holm(p[upper])
        return np.minimum(corrected, corrected.T)

    def _parts(self, a: int) -> tuple[Array, Array]:
        """(C,2) the variances of the differences of a and each, of people and of seeds, and their degrees of freedom."""
        own = self.levels
        people = np.maximum(own.people + own.people[a] - 2 * own.moved @ own.moved[a], 0.0)
        seeds = np.where((own.seeds_freedom > 0) & (own.seeds_freedom[a] > 0), own.seeds + own.seeds[a], 0.0)
        squares = own.seeds**2 / np.maximum(own.seeds_freedom, 1.0)
        freedom = np.divide(seeds**2, squares + squares[a], out=np.ones_like(seeds), where=seeds > 0)
        return np.stack((people, seeds), 1), np.stack((np.maximum(own.people_freedom, own.people_freedom[a]), freedom), 1)


def _interval(scores: Sequence[Interval], mean: float, half: float) -> Interval:
    if len(scores) == 1:
        return scores[0]
    return Interval(mean=mean, low=mean - half, high=mean + half, n=min(score.n for score in scores))


def holm(p: Array) -> Array:
    """Holm's (1979) correction of p-values (M,): the smallest times M, the next times M - 1, and none below the one before."""
    order = np.argsort(p)
    corrected = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(corrected, 1.0)
    return adjusted
