"""The report: one self-contained HTML page. No network, no script needed, everything escaped. Imports no torch."""

from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from string import Template

from zoo.documents.files import write_atomically
from zoo.report.arenas import arenas
from zoo.report.facts import facts_section
from zoo.report.html import Markup, join, tag
from zoo.report.published import published_section
from zoo.report.strips import Strip, strips_section
from zoo.report.tables import leaderboard_section
from zoo.results.leaderboard import Row
from zoo.results.record import Record
from zoo.store.registry import Published

__all__ = ["Strip", "render_page", "write_report"]


def render_page(
    rows: Iterable[Row],
    records: Sequence[Record],
    strips: Sequence[Strip] = (),
    published: Sequence[Published] = (),
    title: str = "Pose-guided person image generation",
) -> str:
    """The page: what runs painted, the leaderboard, the facts of each run, and the papers' own numbers apart.

    `rows` are `leaderboard(records)`; every row's record must be among `records`.
    """
    groups = list(arenas(rows, records))
    shown = [record for group in groups for record in group.records]
    sections = [
        strips_section(strips),
        leaderboard_section(groups) if groups else tag("p", "No records yet."),
        facts_section(shown) if shown else Markup(),
        published_section(published) if published else Markup(),
    ]
    pieces = {name: (files(__name__) / name).read_text(encoding="utf-8") for name in ("page.html", "page.css", "page.js")}
    page = Template(pieces["page.html"])
    return page.substitute(title=join(title), style=pieces["page.css"], script=pieces["page.js"], body=join(*sections))


def write_report(
    path: Path,
    rows: Iterable[Row],
    records: Sequence[Record],
    strips: Sequence[Strip] = (),
    published: Sequence[Published] = (),
    title: str = "Pose-guided person image generation",
) -> None:
    """Write the page; a reader sees the old page or the whole new one."""
    write_atomically(path, render_page(rows, records, strips, published, title).encode())
