"""Records -> ranked rows for scripts and tables. Imports no torch."""

from collections.abc import Iterable
from typing import Any

from zoo.results.pairs import PairsById
from zoo.results.ranking import Standing, standings
from zoo.results.record import Record

Row = dict[str, Any]


def leaderboard(records: Iterable[Record], by: str | None = None, pairs: PairsById | None = None) -> list[Row]:
    """The rows of `zoo.results.ranking.standings`, arena by arena, as plain values. Keys are a contract: add, never rename."""
    return [row_of(standing) for arena in standings(records, pairs or {}, by) for standing in arena.rows]


def row_of(standing: Standing) -> Row:
    """A row as plain values."""
    r = standing.contender.record
    return {
        "rank": standing.rank,
        "recipe": r.recipe_name,
        "variant": r.variant,
        "changes": r.changes,
        "track": r.track_name,
        "protocol": r.protocol,
        "seed": r.seed,
        "oracle": r.oracle,
        "origin": r.weights.origin,
        "scores": {name: interval.model_dump() for name, interval in standing.scores.items()},
        "parameters": sum(p.parameters for p in r.parts.values()),
        "macs": sum(p.macs for p in r.parts.values()),
        "macs_protocol": r.macs_protocol,
        "record": r.id,
        "seeds": list(standing.contender.seeds),
        "records": [record.id for record in standing.contender.records],
        "paired": standing.paired,
        "sources": r.sources,
        "scoring_precision": r.scoring_precision,
    }
