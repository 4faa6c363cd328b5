"""`zoo list`: every part, recipe, variant, track and protocol that is installed, and who brings it."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Annotated

import typer

import zoo
from zoo.api.parts import ALL_KINDS, Row
from zoo.cli.output import Json, show, show_json, warn_of_problems
from zoo.documents.columns import table
from zoo.recipes.catalog import catalog


def command(
    kind: Annotated[str | None, typer.Argument(metavar="KIND", help=f"One of {', '.join(ALL_KINDS)}.")] = None,
    json: Json = False,
) -> None:
    """List the installed parts, recipes, tracks and protocols."""
    rows = zoo.list(kind)
    if json:
        show_json(rows)
    else:
        show("\n\n".join(_tables(rows)) or "nothing installed")
    warn_of_problems(catalog())


def _tables(rows: Iterable[Row]) -> Iterator[str]:
    for kind, group in groupby(rows, lambda row: row["kind"]):
        yield table([kind, "plugin", "what it is"], [[r["name"], r["plugin"], r["summary"] or r["paper"]] for r in group])
