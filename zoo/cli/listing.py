"""`zoo list`: every part, recipe, variant, track and protocol that is installed, and who brings it."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel

from zoo.cli.output import Json, say, show, show_json, table, warn_of_problems
from zoo.documents.strict import validated_model
from zoo.documents.toml import read_toml
from zoo.errors import ZooError, unknown
from zoo.hookspecs import KINDS
from zoo.recipes.catalog import Catalog, Shelf, T, catalog
from zoo.recipes.plugins import Plugin
from zoo.scoring.pictures.document import shipped
from zoo.scoring.protocols import PROTOCOLS

NAME = "list"
ALL_KINDS = (*KINDS, "recipe", "variant", "track", "protocol")
Row = dict[str, str]


class Heading(BaseModel):
    """What a list says of a recipe or a track, read without the rest of the document."""

    paper: str = ""
    summary: str = ""
    variants: "dict[str, Heading]" = {}


def command(
    kind: Annotated[str | None, typer.Argument(metavar="KIND", help=f"One of {', '.join(ALL_KINDS)}.")] = None,
    json: Json = False,
) -> None:
    """List the installed parts, recipes, tracks and protocols."""
    if kind is not None and kind not in ALL_KINDS:
        raise unknown("kind", kind, ALL_KINDS, where="zoo list KIND")
    installed = catalog()
    rows = [row for row in list_rows(installed) if kind in (None, row["kind"])]
    if json:
        show_json(rows)
    else:
        show("\n\n".join(_tables(rows)) or "nothing installed")
    warn_of_problems(installed)


def list_rows(installed: Catalog) -> Iterator[Row]:
    """One row per installed thing; a name with two owners has two."""
    for kind, shelf in installed.components.items():
        for name, plugin, part in entries(shelf):
            yield _row(kind, name, plugin, part.paper, part.summary)
    recipes = [(name, plugin, _heading(path)) for name, plugin, path in entries(installed.recipes)]
    for name, plugin, recipe in recipes:
        yield _row("recipe", name, plugin, recipe.paper, recipe.summary)
    for name, plugin, recipe in recipes:
        for variant, heading in recipe.variants.items():
            yield _row("variant", f"{name}/{variant}", plugin, recipe.paper, heading.summary)
    for name, plugin, path in entries(installed.tracks):
        yield _row("track", name, plugin, "", _heading(path).summary)
    for name, summary in sorted(_protocols()):
        yield {"kind": "protocol", "name": name, "plugin": "zoo", "paper": "", "summary": summary}


def _protocols() -> Iterator[tuple[str, str]]:
    """Those that score the rows of a track, and those that score pictures on disk."""
    yield from ((rules.name, rules.summary) for rules in PROTOCOLS.values())
    yield from ((name, _heading(path).summary) for name, path in shipped().items())


def entries(shelf: Shelf[T]) -> Iterator[tuple[str, Plugin, T]]:
    """Name, owner and item of everything on a shelf, in order of name."""
    for name, owners in sorted(shelf.items.items()):
        for plugin, item in owners:
            yield name, plugin, item


def _row(kind: str, name: str, plugin: Plugin, paper: str, summary: str) -> Row:
    return {"kind": kind, "name": name, "plugin": plugin.name, "paper": paper, "summary": summary}


def _heading(path: Path) -> Heading:
    try:
        return validated_model(Heading, read_toml(path), path.name)
    except ZooError as error:  # one unreadable file does not hide the others
        say(f"warning: {error}")
        return Heading()


def _tables(rows: list[Row]) -> Iterator[str]:
    for kind, group in groupby(rows, lambda row: row["kind"]):
        yield table([kind, "plugin", "what it is"], [[r["name"], r["plugin"], r["summary"] or r["paper"]] for r in group])
