"""`zoo plugin new`: a working plugin to start from."""

from pathlib import Path
from typing import Annotated

import typer

from zoo.cli.output import say, show
from zoo.recipes.catalog import catalog
from zoo.scaffold import write_plugin

app = typer.Typer(help="Make a plugin.", rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def plugin(context: typer.Context) -> None:
    """Make a plugin."""
    if context.invoked_subcommand is None:
        show(context.get_help())


@app.command("new")
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The plugin's name: small letters, digits and _.")],
    out: Annotated[Path | None, typer.Option(help="The folder to write; zoo-NAME if not given.")] = None,
) -> None:
    """Write a working plugin: one merging operator, a recipe, a test."""
    folder = out or Path(f"zoo-{name}")
    for path in write_plugin(name, folder, {p.name for p in catalog().plugins}):
        show(str(path))
    say(f"next: pip install -e {folder}\nthen: zoo run --recipe {name} --from-scratch --steps 50")
