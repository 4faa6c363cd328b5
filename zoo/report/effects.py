"""What each part of an arena's recipes brings."""

from collections.abc import Sequence

from zoo.errors import visible
from zoo.report.shared import Json, brief
from zoo.results.effects import Effect, Effects, effects, mixes
from zoo.results.ranking import Standings
from zoo.results.statistics import FAMILY
from zoo.scoring.protocols import Metric

INTERACTIONS = 12  # that are told, the largest first


def arena_effects(found: Standings, metrics: Sequence[Metric]) -> dict[str, Json]:
    """By metric; nothing where all recipes are of the same parts, or too many to go through."""
    told = {}
    for metric in metrics:
        ranked = [row.contender for row in found.rows if row.rank is not None and metric.name in row.scores]
        rivals = [contender for contender in ranked if mixes(contender.record)]
        if 1 < len(rivals) <= FAMILY and (one := effects(rivals, metric, found.pairs)).main:
            told[metric.name] = _told(one)
    return told


def _told(found: Effects) -> dict[str, Json]:
    known = [effect for effect in found.interactions if effect.value is not None]
    largest = sorted(known, key=lambda effect: -abs(effect.value or 0))[:INTERACTIONS]
    return {
        "cells": found.cells,
        "missing": found.missing,
        "apart": found.apart,
        "told": found.told,
        "main": [_plain(effect) for effect in found.main],
        "both": [_plain(effect) for effect in largest],
    }


def _plain(effect: Effect) -> dict[str, Json]:
    numbers = {"mean": effect.value, "low": effect.low, "high": effect.high, "adjusted": effect.adjusted}
    return {
        "places": [[factor, visible(level)] for factor, level in effect.places],
        "cells": effect.cells,
        **{name: None if number is None else brief(number) for name, number in numbers.items()},
    }
