"""`zoo data check`: what is there, what is missing, who is in it."""

from pathlib import Path
from typing import Annotated

import typer

import zoo
from zoo.cli.checks import check_pictures
from zoo.cli.data.asking import Name, Options, Root
from zoo.cli.output import Json, say, show, show_json

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
    check_pictures({"--sheet": sheet})
    found = zoo.check_data(name, root=root, changes=changes or [], sheet=sheet)
    if json:
        show_json(found.json())
    else:
        show("\n".join(found.lines()))
    if sheet:
        say(str(sheet))
