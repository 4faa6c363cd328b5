"""`zoo compare`: two recipes, or two runs, pair by pair."""

from typing import Annotated

import typer

import zoo
from zoo.cli.asking import Results
from zoo.cli.output import Json, show, show_json
from zoo.recipes.track import DEFAULT_TRACK


def command(
    a: Annotated[
        str, typer.Argument(help="A row as the leaderboard names it, with all its seeds; a record, or a run's folder.")
    ],
    b: Annotated[str, typer.Argument(help="What it is compared with, in the same words.")],
    track: Annotated[str, typer.Option(help="Where the rows are looked for.")] = DEFAULT_TRACK,
    results: Results = None,
    json: Json = False,
) -> None:
    """Compare two recipes, or two runs, pair by pair.

    Sharper than two intervals side by side: what is hard about a pair is hard for both, and cancels in the difference. Seeds
    are a level of their own: with fewer than three each it speaks of these trainings and not of recipes. What is better is so
    at 95 % after Holm's correction for the number of metrics.
    """
    found = zoo.compare(a, b, track=track, results=results or [])
    show_json(found.rows) if json else show(found.table())
