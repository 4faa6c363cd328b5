"""Standings: what was scored on the same data by the same rules, the best first. A pure function of records; no torch."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from zoo.errors import unknown
from zoo.results.contenders import Contender, contenders
from zoo.results.difference import CERTAIN, Difference
from zoo.results.pairs import PairsById
from zoo.results.record import Record
from zoo.results.statistics import Comparisons
from zoo.scoring.intervals import Interval
from zoo.scoring.protocols import PROTOCOLS, Metric

BLOCK = 64


@dataclass(frozen=True, eq=False)
class Standing:
    """A row: a contender and its place."""

    contender: Contender
    rank: int | None  # None: shown and not ranked
    scores: dict[str, Interval]  # means over its seeds, by metric
    paired: bool  # the rank follows from scores of pairs; else from the intervals of records


@dataclass(frozen=True, eq=False)
class Standings:
    """All rows of one arena, the best first, then what is not ranked."""

    metric: Metric | None  # that ranks; None where this zoo does not know the protocol, or it not the metric
    rows: tuple[Standing, ...]
    pairs: PairsById = field(repr=False)
    _kept: dict[str, Comparisons] = field(default_factory=dict, repr=False)

    def comparisons(self, metric: Metric) -> Comparisons:
        """Every two ranked rows that have the metric, in the order of the rows: the family that Holm corrects for."""
        if metric.name not in self._kept:
            rivals = [row.contender for row in self.rows if row.rank is not None and metric.name in row.scores]
            self._kept[metric.name] = Comparisons.of(rivals, metric, self.pairs)
        return self._kept[metric.name]

    def against(self, rival: Contender, metric: Metric) -> list[tuple[Contender, Difference]]:
        """Every other ranked row - `rival` on a metric; nothing where the rival is not ranked or lacks it."""
        family = self.comparisons(metric)
        if rival not in family.contenders:
            return []
        b = family.contenders.index(rival)
        return [(contender, family.difference(a, b)) for a, contender in enumerate(family.contenders) if a != b]


def standings(records: Iterable[Record], pairs: PairsById, by: str | None = None) -> list[Standings]:
    """One per arena, ranked by `by`, or else by the protocol's primary metric; `pairs` by the ids of their records.

    The best leads rank 1; a row shares its leader's rank unless the two differ (p < 0.05 by Holm over all ranked rows, see
    `zoo.results.statistics`), in which case it leads a new rank, its place in the order. Rows that know the true parsing
    (oracle) or several photos, were trained on another budget than the track's or only by their own word (origin "file"), or
    lack the metric come last and are not ranked. ZooError for a metric that no record has.
    """
    arenas = contenders(records)
    if by is not None:
        known = {name for rows in arenas.values() for contender in rows for name in contender.record.scores}
        if known and by not in known:
            raise unknown("metric", by, known, where="--by")
    return [_ranked(arenas[key], by, pairs) for key in sorted(arenas)]


def _ranked(found: Sequence[Contender], by: str | None, pairs: PairsById) -> Standings:
    rules = PROTOCOLS.get(found[0].record.protocol)
    metrics = {m.name: m for m in rules.metrics} if rules else {}
    metric = metrics.get(by or rules.primary) if rules else None
    scores = _scores(found, metrics, pairs)
    rows = sorted(found, key=lambda contender: _place(scores[contender], metric))
    rivals = [contender for contender in rows if metric is not None and contender.ranks and metric.name in scores[contender]]
    contest = set(rivals)
    others = [Standing(contender, None, scores[contender], False) for contender in rows if contender not in contest]
    if metric is None or not rivals:
        return Standings(metric, tuple(others), pairs)
    family = Comparisons.of(rivals, metric, pairs)
    ranked = [Standing(e, r, scores[e], bool(p)) for e, r, p in zip(rivals, _ranks(family), family.levels.paired, strict=True)]
    return Standings(metric, (*ranked, *others), pairs, {metric.name: family})


def _scores(
    found: Sequence[Contender], metrics: Mapping[str, Metric], pairs: PairsById
) -> dict[Contender, dict[str, Interval]]:
    """By contender and metric, in the order of the records."""
    scores: dict[Contender, dict[str, Interval]] = {
        contender: dict(contender.record.scores) if len(contender.records) == 1 else {} for contender in found
    }
    several = [contender for contender in found if len(contender.records) > 1]
    for name in dict.fromkeys(name for contender in several for name in contender.record.scores):
        scored = [contender for contender in several if name in contender.metrics]
        family = Comparisons.of(scored, metrics.get(name, Metric(name, "")), pairs) if scored else None
        for contender, interval in zip(scored, family.intervals() if family else (), strict=True):
            scores[contender][name] = interval
    return scores


def _place(scores: Mapping[str, Interval], metric: Metric | None) -> float:
    """What rows are sorted by; those without the metric come last."""
    if metric is None or metric.name not in scores:
        return float("inf")
    return scores[metric.name].mean * (-1 if metric.higher_is_better else 1)


def _ranks(family: Comparisons) -> list[int]:
    """Of contenders from the best: the place of the leader they cannot be told apart from."""
    ranks: list[int] = []
    while len(ranks) < len(family.contenders):
        leader = len(ranks)
        ranks += [leader + 1] * (1 + _alike(family, leader))
    return ranks


def _alike(family: Comparisons, leader: int) -> int:
    """How many in a row behind the leader cannot be told from it; block by block, of many the first few will do."""
    for start in range(leader + 1, len(family.contenders), BLOCK):
        apart = np.flatnonzero(family.adjusted(leader, slice(start, start + BLOCK)) < CERTAIN)
        if len(apart):
            return start + int(apart[0]) - leader - 1
    return len(family.contenders) - leader - 1
