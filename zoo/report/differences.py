"""What may be said of an arena's rows beside one another: whom the best cannot be told from, and how any two differ."""

from collections.abc import Sequence

import numpy as np

from zoo.report.shared import Json, brief
from zoo.results.contenders import Contender
from zoo.results.difference import CERTAIN, Difference
from zoo.results.ranking import Standings
from zoo.results.statistics import FAMILY, Comparisons
from zoo.scoring.protocols import Metric

SHOWN = 40  # rows of which every two are told


def differences(found: Standings, metrics: Sequence[Metric], mine: frozenset[str]) -> dict[str, Json]:
    """Of the best rows, and the reader's own among the others, by metric: the upper triangle of a - b, row by row.

    `rows` are their places. A difference is null where one of the two lacks the metric. `leaders` are the places of all rows
    that cannot be told from the best of a metric. In an arena of more than `FAMILY` rows only the metric that ranks is told.
    """
    ranked = [place for place, row in enumerate(found.rows) if row.rank is not None]
    shown = [p for i, p in enumerate(ranked) if i < SHOWN or mine & {record.id for record in found.rows[p].contender.records}]
    few = len(ranked) <= FAMILY
    scored = {name for place in ranked for name in found.rows[place].scores}
    told = [metric for metric in metrics if metric.name in scored and (few or metric == found.metric)]
    families = {metric.name: found.comparisons(metric) for metric in told}
    places = {found.rows[place].contender: place for place in ranked}
    return {
        "rows": shown,
        "left": len(ranked) - len(shown),
        "metrics": {name: _triangle(family, [found.rows[p].contender for p in shown]) for name, family in families.items()},
        "leaders": {name: [places[c] for c in _leaders(family)] for name, family in families.items()},
    }


def _triangle(family: Comparisons, chosen: Sequence[Contender]) -> list[Json]:
    place = {contender: i for i, contender in enumerate(family.contenders)}
    told: list[Json] = []
    for i, a in enumerate(chosen):
        others = [place.get(b) for b in chosen[i + 1 :]]
        known = [b for b in others if b is not None] if a in place else []
        values = dict(zip(known, family.differences(place[a], known), strict=True)) if known else {}
        told += [_plain(values[b]) if b in values else None for b in others]
    return told


def _plain(found: Difference) -> list[float]:
    return [*map(brief, (found.mean, found.low, found.high, found.adjusted)), int(found.paired)]


def _leaders(family: Comparisons) -> list[Contender]:
    if not family.contenders:
        return []
    best = int(np.argmax(family.levels.means * (1 if family.metric.higher_is_better else -1)))
    alike = family.adjusted(best) >= CERTAIN
    alike[best] = True
    return [contender for contender, same in zip(family.contenders, alike, strict=True) if same]
