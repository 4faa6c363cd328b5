"""`zoo data check`: what is there, what is missing, who is in it."""

from pathlib import Path
from typing import Annotated

import typer

from zoo.cli.data.asking import Name, Options, Root
from zoo.cli.output import Json, say, show, show_json
from zoo.recipes.catalog import catalog

NAME = "check"


def command(
    name: Name,
    root: Root = None,
    changes: Options = None,
    sheet: Annotated[
        Path | None, typer.Option(metavar="PNG", help="A picture of samples, with joints, regions and frames drawn.")
    ] = None,
    json: Json = False,
) -> None:
    """Tell what was found of a data set, what is missing and how to get it, its people and pairs, what is left out and why."""
    from zoo.data import open_data, survey
    from zoo.data.sheet import write_data_sheet

    opened = open_data(name, root, changes or [], catalog())
    found = survey(opened)
    if json:
        show_json(found.json())
    else:
        show("\n".join(found.lines()))
    if sheet:
        write_data_sheet(sheet, opened)
        say(str(sheet))
