"""`zoo leaderboard`: records, ranked where they can be compared."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

import zoo
from zoo.cli.asking import Results
from zoo.cli.output import Json, say, show, show_json


def shown_by(track: str, *runs: Path) -> str:
    """The command that shows the rows of a track, those of the folders of `runs` among them."""
    return shlex.join(["zoo", "leaderboard", *map(str, runs), "--track", track])


def command(
    runs: Annotated[
        list[Path] | None,
        typer.Argument(metavar="RUN", help="Folders of runs made elsewhere (zoo run --out), shown beside the others."),
    ] = None,
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
    board = zoo.leaderboard(track, by=by, results=results or [], runs=runs or [])
    show_json(board.rows) if json else show(board.table())
    if html is not None:
        say(f"page: {board.save(html)}")
