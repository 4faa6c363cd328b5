"""The best, the median and the worst pair of a run: what a mean hides."""

import numpy as np

from zoo.errors import visible
from zoo.report.shared import Json, brief
from zoo.results.ranking import Standings
from zoo.results.record import Record


def examples(record: Record, found: Standings) -> list[Json] | None:
    """[name, score] of the three on the metric that ranks; None where the scores of the run's pairs are not at hand."""
    pairs, metric = found.pairs.get(record.id), found.metric
    if pairs is None or metric is None or metric.name not in pairs.scores:
        return None
    scores = pairs.scores[metric.name]
    order = np.flatnonzero(np.isfinite(scores))
    order = order[np.argsort(scores[order] * (-1 if metric.higher_is_better else 1), kind="stable")]
    chosen = [order[0], order[len(order) // 2], order[-1]] if len(order) else []
    return [[visible(pairs.names[place]), brief(float(scores[place]))] for place in chosen]
