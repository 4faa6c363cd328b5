"""Records -> ranked rows: a pure function. Imports no torch."""

from collections.abc import Iterable
from typing import Any

from zoo.errors import unknown
from zoo.results.record import Record, by_age
from zoo.scoring.intervals import Interval
from zoo.scoring.protocols import PROTOCOLS, Metric

Row = dict[str, Any]


def leaderboard(records: Iterable[Record], by: str | None = None) -> list[Row]:
    """Rows grouped by `arena` and ranked within it by `by`, or else by the protocol's primary metric.

    Of several runs of one recipe, seed and budget in one arena the newest counts.

    Rows are sorted from the best. The best leads rank 1; a row shares its leader's rank unless the two 95 % intervals are
    disjoint, in which case it leads a new rank, its place in the order. Rows that know the true parsing (oracle), were trained
    on another budget than the track's or only by their own word (origin "file"), or lack the metric come last and are not
    ranked (rank None).
    """
    newest = {_run(r): r for r in by_age(records)}
    arenas: dict[tuple[Any, ...], list[Record]] = {}
    for record in newest.values():
        arenas.setdefault(arena(record), []).append(record)
    if by is not None:
        _require_known(by, newest.values())
    return [row for key in sorted(arenas) for row in _ranked(arenas[key], by)]


def arena(r: Record) -> tuple[Any, ...]:
    """What must be equal for scores to be comparable: track, protocol and its version, pairs, data."""
    return r.track_name, r.protocol, r.protocol_version, -r.pairs, r.track_digest, r.data_digest


def _run(r: Record) -> tuple[Any, ...]:
    return *arena(r), r.recipe_digest, r.seed, r.weights.images_seen, r.weights.batch, r.weights.init


def _require_known(by: str, records: Iterable[Record]) -> None:
    known = {name for record in records for name in record.scores}
    if known and by not in known:
        raise unknown("metric", by, known, where="--by")


def _ranked(records: list[Record], by: str | None) -> list[Row]:
    metric = _metric(records[0].protocol, by)
    rows: list[Row] = []
    leader: Interval | None = None
    rank: int | None = None
    for place, record in enumerate(sorted(records, key=lambda r: _order(r, metric)), 1):
        if metric is None or not _ranks(record, metric):
            rank = None
        elif leader is None or _disjoint(leader, record.scores[metric.name]):
            leader, rank = record.scores[metric.name], place
        rows.append(_row(record, rank))
    return rows


def _metric(name: str, by: str | None) -> Metric | None:
    """The ranking metric of the protocol called `name`; None when this zoo does not know the protocol, or it not the metric."""
    rules = PROTOCOLS.get(name)
    return None if rules is None else {m.name: m for m in rules.metrics}.get(by or rules.primary)


def _order(r: Record, metric: Metric | None) -> tuple[bool, float]:
    if metric is None or metric.name not in r.scores:
        return True, float("inf")
    return not _ranks(r, metric), r.scores[metric.name].mean * (-1 if metric.higher_is_better else 1)


def _ranks(r: Record, metric: Metric) -> bool:
    return metric.name in r.scores and not r.oracle and not r.self_declared and r.on_budget


def _disjoint(a: Interval, b: Interval) -> bool:
    return a.high < b.low or b.high < a.low


def _row(r: Record, rank: int | None) -> Row:
    return {
        "rank": rank,
        "recipe": r.recipe_name,
        "variant": r.variant,
        "changes": r.changes,
        "track": r.track_name,
        "protocol": r.protocol,
        "seed": r.seed,
        "oracle": r.oracle,
        "origin": r.weights.origin,
        "scores": {name: interval.model_dump() for name, interval in r.scores.items()},
        "parameters": sum(p.parameters for p in r.parts.values()),
        "macs": sum(p.macs for p in r.parts.values()),
        "macs_protocol": r.macs_protocol,
        "record": r.id,
    }
