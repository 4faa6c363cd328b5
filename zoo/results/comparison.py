"""Two contenders compared on every metric that both have. Imports no torch."""

from dataclasses import replace
from typing import Any

import numpy as np

from zoo.errors import ZooError
from zoo.results.contenders import Contender
from zoo.results.difference import Difference
from zoo.results.pairs import PairsById
from zoo.results.statistics import Comparisons, holm
from zoo.scoring.protocols import protocol

LONGEST = 60  # letters of a name that a sentence repeats

Row = dict[str, Any]


def compare(a: Contender, b: Contender, pairs: PairsById) -> list[Difference]:
    """a - b by metric, in the protocol's order; the metrics are the family that Holm corrects for.

    ZooError for contenders of different arenas.
    """
    _require_comparable(a, b)
    metrics = [m for m in protocol(a.record.protocol).metrics if m.name in a.metrics & b.metrics]
    found = [Comparisons.of([a, b], metric, pairs).difference(0, 1) for metric in metrics]
    corrected = holm(np.array([difference.p for difference in found]))
    return [replace(one, adjusted=float(p)) for one, p in zip(found, corrected, strict=True)]


def _require_comparable(a: Contender, b: Contender) -> None:
    facts = {
        "track": lambda r: r.track_name,
        "track's digest": lambda r: r.track_digest,
        "data": lambda r: r.data_digest,
        "protocol": lambda r: r.protocol,
        "protocol's version": lambda r: r.protocol_version,
        "number of pairs": lambda r: r.pairs,
    }
    for what, fact in facts.items():
        if (one := fact(a.record)) != (other := fact(b.record)):
            raise ZooError(f"the runs differ in {what}: {one} and {other}", where="zoo compare",
                           fix="compare runs of one track, its budget and data included", exit_code=2)  # fmt: skip


def row_of(a: Contender, b: Contender, found: Difference) -> Row:
    """A difference as plain values. Keys are a contract: add, never rename."""
    name = found.metric.name
    means = [float(np.mean([record.scores[name].mean for record in contender.records])) for contender in (a, b)]
    count = min(record.scores[name].n for contender in (a, b) for record in contender.records)
    return {
        "metric": name,
        "unit": found.metric.unit,
        "higher_is_better": found.metric.higher_is_better,
        "a": means[0],
        "b": means[1],
        "difference": {"mean": found.mean, "low": found.low, "high": found.high, "n": count},
        "better": found.better,
        "p": found.p,
        "adjusted": found.adjusted,
        "seeds": list(found.seeds),
        "paired": found.paired,
        "sentence": found.sentence(*names(a, b)),
    }


def names(a: Contender, b: Contender) -> tuple[str, str]:
    """What to call the two: by name, or a and b where they share it or it would drown the sentence."""
    told = a.name, b.name
    return told if a.name != b.name and max(map(len, told)) <= LONGEST else ("a", "b")
