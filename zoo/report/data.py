"""What the page's script reads: the rows of every arena as plain data, with everything that many of them share said once."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from zoo.errors import visible
from zoo.report.arenas import OLDER_MACS, Arena, remark
from zoo.report.beside import Beside
from zoo.report.gallery import Gallery
from zoo.report.recipes import Recipes, basic
from zoo.results.leaderboard import Row
from zoo.results.record import Record
from zoo.scoring.protocols import MACS, Metric
from zoo.store.registry import Published

DIGITS = 5  # of a number; the record has them all
Json = Any


class Shared:
    """Values that many rows have; a row holds the place."""

    def __init__(self) -> None:
        self.values: list[Json] = []
        self._places: dict[str, int] = {}

    def place(self, value: Json) -> int:
        """Where in `values` it is."""
        key = json.dumps(value, sort_keys=True)
        if key not in self._places:
            self._places[key] = len(self.values)
            self.values.append(shown(value))
        return self._places[key]


def board_data(arenas: Sequence[Arena], beside: Beside) -> dict[str, Json]:
    """The data block of a page: `arenas` in the order of their tabs."""
    block = _Block(beside)
    for record in sorted((r for arena in arenas for r in arena.records), key=basic):
        block.recipes.place(record)
    told = [block.arena(arena) for arena in arenas]
    return {
        "recipes": block.recipes.told, "paths": block.recipes.paths, "shared": block.shared.values, "arenas": told,
        "images": block.gallery.images, "quoted": quoted(beside.published), "olderMacs": OLDER_MACS,
    }  # fmt: skip


@dataclass(frozen=True)
class _Block:
    """What is told of rows, and the tables that they point into."""

    beside: Beside
    recipes: Recipes = field(default_factory=Recipes)
    shared: Shared = field(default_factory=Shared)
    gallery: Gallery = field(default_factory=Gallery)

    def arena(self, arena: Arena) -> dict[str, Json]:
        """One tab."""
        first, metrics = arena.records[0], arena.metrics()
        rows = [self.row(row, record, metrics) for row, record in zip(arena.rows, arena.records, strict=True)]
        return {
            "track": visible(first.track_name),
            "protocol": visible(f"{first.protocol} version {first.protocol_version}"),
            "pairs": first.pairs,
            "summary": visible(str((first.track.model_extra or {}).get("summary", ""))),
            "budget": {"steps": first.track.budget.steps, "batch": first.track.budget.batch},
            "digest": visible(first.track_digest),
            "data": visible(first.data_digest),
            "metrics": [_metric(metric) for metric in metrics],
            "headline": [metric.name for metric in arena.headline()],
            "fields": list(rows[0]),
            "rows": [list(row.values()) for row in rows],
        }

    def row(self, row: Row, record: Record, metrics: Iterable[Metric]) -> dict[str, Json]:
        """One row, every one with the same keys."""
        weights, times, share = record.weights, record.times, self.shared.place
        costs = [[name, cost.component, cost.parameters, cost.macs] for name, cost in record.parts.items()]
        return {
            "rank": row["rank"],
            "recipe": self.recipes.place(record),
            "seed": record.seed,
            "mine": int(record.id in self.beside.mine),
            "remark": share(remark(record)),
            "scores": [_score(row["scores"].get(metric.name), record.pairs) for metric in metrics],
            "parts": share(costs),
            "olderMacs": int(record.macs_protocol != MACS),
            "trained": brief(times.train_seconds),
            "scored": brief(times.score_seconds),
            "speed": brief(times.images_per_second),
            "hardware": share(record.hardware.model_dump(mode="json")),
            "versions": share(record.versions),
            "pairings": share(record.pairings),
            "spent": share(weights.model_dump(exclude={"sha256"})),
            "weights": weights.sha256,
            "licence": share(self.beside.licences.get(weights.sha256 or "", "")),
            "created": f"{record.created.astimezone(UTC):%Y-%m-%d %H:%M}",
            "record": record.id,
            "painted": self.gallery.hang(self.beside.painted.get(record.id)),
        }


def _metric(metric: Metric) -> dict[str, Json]:
    return {
        "name": visible(metric.name), "unit": metric.unit, "higher": metric.higher_is_better, "about": metric.description
    }  # fmt: skip


def _score(interval: dict[str, float] | None, pairs: int) -> list[float] | None:
    """Mean and interval, and the number of pairs where it is not the arena's."""
    if interval is None:
        return None
    numbers = [brief(interval[name]) for name in ("mean", "low", "high")]
    return numbers if interval["n"] == pairs else [*numbers, interval["n"]]


def brief(number: float) -> float:
    """A number of `DIGITS` digits."""
    return float(f"{number:.{DIGITS}g}")


def shown(value: Json) -> Json:
    """Every text in a JSON value, as it can be shown."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {visible(key): shown(item) for key, item in value.items()}
    return [shown(item) for item in value] if isinstance(value, list) else value


def quoted(published: Iterable[Published]) -> list[dict[str, Json]]:
    """The rows of the papers' tables that are a variant of ours: what an ablation is compared with."""
    return [shown(row.model_dump(mode="json")) for row in published if row.variant]
