"""What one needs to know of each run to trust it and to repeat it."""

from collections.abc import Iterable, Mapping
from datetime import UTC

from zoo.report.arenas import amount
from zoo.report.html import Markup, join, tag
from zoo.report.tables import anchor
from zoo.results.record import Record


def facts_section(records: Iterable[Record]) -> Markup:
    """One fold per run."""
    return tag("section", tag("h2", "Runs"), *map(_fold, records))


def _fold(record: Record) -> Markup:
    head = f"{record.recipe_name}, {record.variant}, seed {record.seed}, on {record.track_name}"
    return tag("details", tag("summary", head), _list(_facts(record)), id=anchor(record))


def _facts(record: Record) -> dict[str, str]:
    weights, hardware, times = record.weights, record.hardware, record.times
    shared = f", {hardware.processes} processes" if hardware.processes > 1 else ""
    return {
        "changes": ", ".join(record.changes) or "none",
        "record": record.id,
        "recipe": record.recipe_digest,
        "track": record.track_digest,
        "data": record.data_digest,
        "weights": f"{weights.origin}, sha256 {weights.sha256}" if weights.sha256 else weights.origin,
        "training": f"{weights.steps:,} steps, {weights.images_seen:,} images seen, {times.train_seconds:,.0f} s"
        + (f", started from weights {weights.init}" if weights.init else ""),
        "pairings": ", ".join(record.pairings) or "none",
        "scoring": f"{record.pairs:,} pairs, {times.score_seconds:,.0f} s",
        "hardware": f"{hardware.cpu}, {hardware.cores} cores, {hardware.gpu or 'no accelerator'}{shared}",
        "versions": ", ".join(f"{name} {version}" for name, version in sorted(record.versions.items())),
        "parts": "; ".join(_part(name, p.component, p.parameters, p.macs) for name, p in record.parts.items()),
        "multiply-adds": record.macs_protocol,
        "created": f"{record.created.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
    }


def _part(name: str, component: str, parameters: int, macs: int) -> str:
    return f"{name} {component} ({amount(parameters)} parameters, {amount(macs)} MACs)"


def _list(facts: Mapping[str, str]) -> Markup:
    return tag("dl", *(join(tag("dt", name), tag("dd", value)) for name, value in facts.items()))
