"""What must hold of a record before anybody looks at its scores. Imports no torch."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from zoo.errors import ZooError
from zoo.hub.pulling import recipe_of, track_of
from zoo.results.pairs import PairScores, read_pairs
from zoo.results.record import Record
from zoo.scoring.bootstrap import mean_interval
from zoo.scoring.intervals import Interval
from zoo.scoring.protocols import PROTOCOLS

ROUNDING = 1e-5  # of a score, or of 1: pairs are kept in single precision
WHOLE_SETS = {"ffd"}  # scored on all outputs at once: their pairs tell the mean, and the interval only to first order


def problems(record: Record, folder: Path) -> list[str]:
    """Everything that is wrong with a record that lies in `folder`; `read_record` has seen to its schema and its id."""
    return [*_of_digests(record), *_of_pairs(record, folder)]


def _of_digests(record: Record) -> Iterator[str]:
    for made in (recipe_of, track_of):
        yield from _fault(lambda made=made: made(record))  # type: ignore[misc]
    rules = PROTOCOLS.get(record.protocol)
    if rules is None or rules.version != record.protocol_version:
        yield f"protocol {record.protocol} version {record.protocol_version} is not this zoo's"


def _of_pairs(record: Record, folder: Path) -> Iterator[str]:
    if record.pair_scores is None:
        yield "it has no scores of pairs: score it again with zoo run"
        return
    fault = [*_fault(lambda: read_pairs(record, folder))]
    yield from fault
    pairs = None if fault else read_pairs(record, folder)
    if pairs is not None:
        for name, told in record.scores.items():
            yield from _of_metric(name, told, pairs)


def _of_metric(name: str, told: Interval, pairs: PairScores) -> Iterator[str]:
    """Whether the pairs give the mean and the interval again."""
    found = _interval(name, pairs)
    if found is None:
        yield f"{name}: its pairs tell nothing"
        return
    facts = ("mean",) if name in WHOLE_SETS else ("mean", "low", "high")
    for fact in facts:
        here, there = getattr(found, fact), getattr(told, fact)
        if abs(here - there) > ROUNDING * max(1.0, abs(there)):
            yield f"{name}: its pairs give the {fact} {here:.6g}, the record tells {there:.6g}"
    if found.n != told.n:
        yield f"{name}: {found.n} pairs count, the record tells {told.n}"


def _interval(name: str, pairs: PairScores) -> Interval | None:
    if name not in pairs.scores:
        return None
    return mean_interval(pairs.scores[name].astype(np.float64), pairs.weight(name), pairs.people)


def _fault(act: Callable[[], object]) -> Iterator[str]:
    try:
        act()
    except ZooError as error:
        yield error.what
