"""Measurements of speed on the page: a table for each hardware, whose rows are never mixed with another's."""

from collections.abc import Sequence
from itertools import groupby

from zoo.documents.columns import amount
from zoo.errors import visible
from zoo.report.html import Markup, join, tag
from zoo.report.shared import Json, brief
from zoo.results.speed import SpeedRecord

HEADS = ("recipe", "pass", "seconds", "images/s", "peak", "parameters", "MACs", "of limit")


def by_hardware(records: Sequence[SpeedRecord]) -> list[tuple[str, list[SpeedRecord]]]:
    """Records by what they were timed on; in each, small images first, and what compares side by side."""
    ordered = sorted(records, key=lambda r: (machine(r), r.size, r.what, r.batch, r.subject.title, r.precision, r.created))
    return [(name, list(group)) for name, group in groupby(ordered, key=machine)]


def machine(record: SpeedRecord) -> str:
    """`AMD EPYC 9B14, 2 cores`, or the GPU."""
    hardware = record.hardware
    return visible(hardware.gpu or f"{hardware.cpu}, {hardware.cores} cores")


def speed_data(records: Sequence[SpeedRecord]) -> list[Json]:
    """What the script reads."""
    return [{"machine": name, "rows": [_told(record) for record in found]} for name, found in by_hardware(records)]


def _told(r: SpeedRecord) -> dict[str, Json]:
    return {
        "title": visible(r.subject.title), "peer": r.subject.peer, "pass": visible(passed(r)), "made": visible(made(r)),
        "seconds": [brief(value) for value in (r.seconds.median, r.seconds.low, r.seconds.high)], "n": r.seconds.n,
        "throughput": brief(r.throughput), "peak": r.peak, "parameters": r.parameters, "macs": r.macs, "share": brief(r.share),
        "parts": {name: brief(part.seconds) for name, part in r.parts.items() if part.seconds is not None}, "id": r.id,
    }  # fmt: skip


def passed(r: SpeedRecord) -> str:
    """`step of 2 at 256x256, phase joint, bf16, compiled`."""
    height, width = r.size
    words = [f"{r.what} of {r.batch} at {height}x{width}", r.phase and f"phase {r.phase}"]
    words += [r.precision if r.precision != "no" else "fp32", f"compiled, first pass {r.first:.3g} s" if r.compiled else ""]
    return ", ".join(filter(None, words))


def made(r: SpeedRecord) -> str:
    """How and when, for who wants to repeat it."""
    code = r.commit or r.code[:7]
    threads = f"{r.threads} thread{'s' * (r.threads > 1)}, {r.others:.1f} processors at others' work"
    return f"{threads}; code {code}, torch {r.versions.get('torch', '?')}, {r.created:%Y-%m-%d}"


def plain_speed(records: Sequence[SpeedRecord]) -> Markup:
    """The tables that a reader without scripts sees."""
    if not records:
        return Markup()
    tables = [join(tag("h3", name), _table(found)) for name, found in by_hardware(records)]
    return join(tag("h2", "Speed"), *tables)


def _table(records: Sequence[SpeedRecord]) -> Markup:
    head = tag("tr", *(tag("th", name, scope="col") for name in HEADS))
    return tag("div", tag("table", tag("thead", head), tag("tbody", *map(_row, records))), class_="scroll", tabindex=0)


def _row(r: SpeedRecord) -> Markup:
    s = r.seconds
    cells = [
        passed(r), f"{s.median:.3g} [{s.low:.3g}, {s.high:.3g}]", f"{r.throughput:.3g}", f"{r.peak / 1e9:.2f} GB",
        amount(r.parameters), amount(r.macs), f"{r.share:.0%}",
    ]  # fmt: skip
    name = tag("th", r.subject.title, tag("small", "peer") if r.subject.peer else Markup(), scope="row")
    return tag("tr", name, *(tag("td", cell) for cell in cells))
