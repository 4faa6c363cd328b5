"""Measurements as a table. Imports no torch."""

from collections.abc import Iterable

from zoo.documents.columns import amount, table
from zoo.results.speed import SpeedRecord, Spread

HEAD = ("what", "batch", "recipe", "size", "precision", "", "seconds", "images/s", "peak", "params", "MACs", "of limit")


def speed_table(records: Iterable[SpeedRecord]) -> str:
    """A line for each."""
    return table(HEAD, map(_line, records))


def _line(r: SpeedRecord) -> tuple[str, ...]:
    height, width = r.size
    compiled = f"compiled, first {brief(r.first)}" if r.compiled else ""
    return (
        r.what, str(r.batch), r.subject.title, f"{height}x{width}", "fp32" if r.precision == "no" else r.precision, compiled,
        spread_text(r.seconds), f"{r.throughput:.3g}", f"{r.peak / 1e9:.2f} GB", amount(r.parameters), amount(r.macs),
        f"{r.share:.0%}",
    )  # fmt: skip


def spread_text(spread: Spread) -> str:
    """`0.741 s [0.735, 0.747]`: median and quartiles, in milliseconds below a second."""
    unit, factor = ("s", 1) if spread.median >= 1 else ("ms", 1000)
    numbers = (f"{factor * value:.3g}" for value in (spread.median, spread.low, spread.high))
    return "{} {unit} [{}, {}]".format(*numbers, unit=unit)


def brief(seconds: float) -> str:
    """`2.5 s`, `31 ms`."""
    return f"{seconds:.3g} s" if seconds >= 1 else f"{1000 * seconds:.3g} ms"
