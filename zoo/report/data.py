"""What the page's script reads: the rows of every arena as plain data, with everything that many of them share said once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC

from zoo.errors import visible
from zoo.report.arenas import OLDER_MACS, Arena, remark
from zoo.report.beside import Beside
from zoo.report.differences import differences
from zoo.report.effects import arena_effects
from zoo.report.examples import examples
from zoo.report.gallery import Gallery
from zoo.report.recipes import Recipes, basic
from zoo.report.shared import Json, Shared, brief, shown
from zoo.report.speed import speed_data
from zoo.results.ranking import Standing, Standings
from zoo.scoring.intervals import Interval
from zoo.scoring.protocols import MACS, Metric
from zoo.store.registry import Published


def board_data(arenas: Sequence[Arena], beside: Beside) -> dict[str, Json]:
    """The data block of a page: `arenas` in the order of their tabs."""
    shared = Shared()
    block = _Block(beside, Recipes(shared), shared, Gallery())
    for record in sorted((r for arena in arenas for r in arena.records), key=basic):
        block.recipes.place(record)
    told = [block.arena(arena) for arena in arenas]
    return {
        "recipes": block.recipes.told, "paths": block.recipes.paths.values, "shared": shared.values, "arenas": told,
        "images": block.gallery.images, "quoted": quoted(beside.published), "olderMacs": OLDER_MACS,
        "speed": speed_data(beside.speeds),
    }  # fmt: skip


@dataclass(frozen=True)
class _Block:
    """What is told of rows, and the tables that they point into."""

    beside: Beside
    recipes: Recipes
    shared: Shared
    gallery: Gallery

    def arena(self, arena: Arena) -> dict[str, Json]:
        """One tab."""
        first, metrics, found = arena.records[0], arena.metrics(), arena.standings
        rows = [self.row(standing, metrics, found) for standing in found.rows]
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
            "effects": arena_effects(found, arena.headline()),
            "differences": differences(found, metrics, self.beside.mine),
        }

    def row(self, row: Standing, metrics: Iterable[Metric], found: Standings) -> dict[str, Json]:
        """One row, every one with the same keys; of its runs the first speaks for all, but for what is a seed's own."""
        runs, record, share = row.contender.records, row.contender.record, self.shared.place
        weights, times = record.weights, record.times
        costs = [[name, cost.component, cost.parameters, cost.macs] for name, cost in record.parts.items()]
        return {
            "rank": row.rank,
            "recipe": self.recipes.place(record),
            "runs": [[run.seed, run.weights.sha256, run.id] for run in runs],
            "paired": int(row.paired),
            "mine": int(any(run.id in self.beside.mine for run in runs)),
            "remark": share(remark(record)),
            "scores": [_score(row.scores.get(metric.name), record.pairs) for metric in metrics],
            "parts": share(costs),
            "olderMacs": int(record.macs_protocol != MACS),
            "trained": brief(times.train_seconds),
            "scored": brief(times.score_seconds),
            "speed": brief(times.images_per_second),
            "hardware": share(record.hardware.model_dump(mode="json")),
            "versions": share(record.versions),
            "pairings": share(record.pairings),
            "spent": share(weights.model_dump(exclude={"sha256"})),
            "licence": share(self.beside.licences.get(weights.sha256 or "", "")),
            "created": f"{record.created.astimezone(UTC):%Y-%m-%d %H:%M}",
            "painted": self.gallery.hang(next(filter(None, (self.beside.painted.get(run.id) for run in runs)), None)),
            "examples": examples(record, found),
        }


def _metric(metric: Metric) -> dict[str, Json]:
    return {
        "name": visible(metric.name), "words": visible(metric.words), "unit": metric.unit, "higher": metric.higher_is_better,
        "about": metric.description,
    }  # fmt: skip


def _score(interval: Interval | None, pairs: int) -> list[float] | None:
    """Mean and interval, and the number of pairs where it is not the arena's."""
    if interval is None:
        return None
    numbers = [brief(interval.mean), brief(interval.low), brief(interval.high)]
    return numbers if interval.n == pairs else [*numbers, interval.n]


def quoted(published: Iterable[Published]) -> list[dict[str, Json]]:
    """The rows of the papers' tables that are a variant of ours: what an ablation is compared with."""
    return [shown(row.model_dump(mode="json")) for row in published if row.variant]
