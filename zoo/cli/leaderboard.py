"""`zoo leaderboard`: records, ranked where they can be compared."""

from pathlib import Path
from typing import Annotated

import typer

from zoo.cli.output import Json, say, show, show_json
from zoo.cli.pages import beside
from zoo.cli.standings import Results, board_text, known_pairs, known_records
from zoo.errors import unknown
from zoo.recipes.catalog import catalog
from zoo.report import write_report
from zoo.results.leaderboard import row_of
from zoo.results.ranking import standings

NAME = "leaderboard"


def command(
    track: Annotated[str | None, typer.Option(help="Only this track.")] = None,
    by: Annotated[str | None, typer.Option(help="The metric that ranks; the protocol's own if not given.")] = None,
    results: Results = None,
    html: Annotated[Path | None, typer.Option(help="Write a self-contained page as well.")] = None,
    json: Json = False,
) -> None:
    """Rank what can be compared.

    Rows of one track and protocol version are ranked, all seeds of a recipe as one; rows that cannot be told apart at 95 %,
    pair by pair and after Holm's correction for all comparisons, share a rank.
    """
    records = known_records(*(results or []))
    if track is not None:
        known = {r.track_name for r in records} | set(catalog().tracks.items)
        if track not in known:
            raise unknown("track", track, known, where="--track")
        records = [r for r in records if r.track_name == track]
    found = standings(records, known_pairs(records, *(results or [])), by)
    if json:
        show_json([row_of(row) for arena in found for row in arena.rows])
    else:
        show(board_text(found, by) or "no records yet: zoo run makes one")
    if html is not None:
        write_report(html, found, beside(records, results or ()))
        say(f"page: {html}")
