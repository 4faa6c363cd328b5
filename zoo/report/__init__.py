"""The report: one self-contained HTML page. No network, readable without scripts, everything escaped. Imports no torch."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from zoo.documents.files import write_atomically
from zoo.report.arenas import Arena, abridged, arenas
from zoo.report.beside import Beside
from zoo.report.data import board_data
from zoo.report.frame import framed
from zoo.report.html import Markup, tag
from zoo.report.plain import plain_section
from zoo.report.published import published_section
from zoo.report.speed import plain_speed
from zoo.report.strips import Strip, strips_section
from zoo.results.ranking import Standings

__all__ = ["Beside", "Strip", "render_page", "write_report"]

TITLE = "Pose-guided person image generation"
ROWS = 400  # that a reader without scripts sees


def render_page(found: Iterable[Standings], beside: Beside | None = None, title: str = TITLE) -> str:
    """The page: what runs painted, the board, and the papers' own numbers apart."""
    beside = beside or Beside()
    groups = sorted(arenas(found), key=lambda arena: not _own(arena, beside))
    body = [
        tag("header", tag("p", "zoo"), tag("h1", title)),
        tag("main", strips_section(beside.strips), _board(groups, beside), published_section(beside.published)),
    ]
    return framed(title, Markup("".join(body)), board_data(groups, beside))


def _own(arena: Arena, beside: Beside) -> bool:
    return any(beside.mine.intersection(row["records"]) for row in arena.rows)


def _board(groups: Sequence[Arena], beside: Beside) -> Markup:
    """Where the script puts the board, and the tables that stand there without it."""
    if not groups and not beside.speeds:
        return tag("p", "No records yet: zoo run makes one.")
    plain = plain_section(abridged(groups, ROWS, beside.mine), plain_speed(beside.speeds))
    return tag("div", plain, id="board")


def write_report(path: Path, found: Iterable[Standings], beside: Beside | None = None, title: str = TITLE) -> None:
    """Write the page; a reader sees the old page or the whole new one."""
    write_atomically(path, render_page(found, beside, title).encode())
