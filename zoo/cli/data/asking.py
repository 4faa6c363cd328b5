"""What the commands of `zoo data` are asked for by."""

from pathlib import Path
from typing import Annotated

import typer

Name = Annotated[str, typer.Argument(metavar="NAME", help="A track, its .toml file, or a data set (zoo list dataset).")]
Root = Annotated[Path | None, typer.Option(help="Where the data lies; as the track says if not given.")]
Options = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change an option of the data set, e.g. person=folder; repeatable."),
]
