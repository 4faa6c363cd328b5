"""The report: one self-contained HTML page. No network, no script needed, everything escaped. Imports no torch."""

import base64
import hashlib
from collections.abc import Container, Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from string import Template

from zoo.documents.files import write_atomically
from zoo.report.arenas import arenas, shortened
from zoo.report.facts import facts_section
from zoo.report.html import Markup, join, tag
from zoo.report.published import published_section
from zoo.report.strips import Strip, strips_section
from zoo.report.tables import leaderboard_section
from zoo.results.leaderboard import Row
from zoo.results.record import Record
from zoo.store.registry import Published

__all__ = ["Strip", "render_page", "write_report"]

TITLE = "Pose-guided person image generation"
ROWS = 1000  # of the leaderboard on one page, 4 KB each


def render_page(
    rows: Iterable[Row],
    records: Sequence[Record],
    strips: Sequence[Strip] = (),
    published: Sequence[Published] = (),
    title: str = TITLE,
    keep: Container[str] = (),
) -> str:
    """The page: what runs painted, the leaderboard, the facts of each run, and the papers' own numbers apart.

    `rows` are `leaderboard(records)`; every row's record must be among `records`. Of more than `ROWS` the best of every arena
    are shown, the records with ids in `keep` in any case, and the others are counted.
    """
    groups = shortened(list(arenas(rows, records)), ROWS, keep)
    shown = [record for group in groups for record in group.records]
    sections = [
        strips_section(strips),
        leaderboard_section(groups) if groups else tag("p", "No records yet."),
        facts_section(shown) if shown else Markup(),
        published_section(published) if published else Markup(),
    ]
    pieces = {name: (files(__name__) / name).read_text(encoding="utf-8") for name in ("page.html", "page.css", "page.js")}
    style, script = pieces["page.css"], pieces["page.js"]
    page = Template(pieces["page.html"])
    return page.substitute(policy=_policy(style, script), title=join(title), style=style, script=script, body=join(*sections))


def _policy(style: str, script: str) -> str:
    """What a browser may do with the page: show its pictures, and use this very style and this very script."""
    style, script = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script))
    allowed = f"default-src 'none'; img-src data:; style-src 'sha256-{style}'; script-src 'sha256-{script}'"
    return f"{allowed}; base-uri 'none'; form-action 'none'"


def write_report(
    path: Path,
    rows: Iterable[Row],
    records: Sequence[Record],
    strips: Sequence[Strip] = (),
    published: Sequence[Published] = (),
    title: str = TITLE,
    keep: Container[str] = (),
) -> None:
    """Write the page; a reader sees the old page or the whole new one."""
    write_atomically(path, render_page(rows, records, strips, published, title, keep).encode())
