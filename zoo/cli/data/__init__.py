"""`zoo data`: what lies on disk. One small file per command."""

import typer

from zoo.cli.data import check, pairs, prepare
from zoo.cli.output import results_alone, show

app = typer.Typer(help="Look over the data of a track, or prepare it.", rich_markup_mode=None)
for module in (check, pairs, prepare):
    app.command(module.NAME)(results_alone()(module.command))


@app.callback(invoke_without_command=True)
def data(context: typer.Context) -> None:
    """Look over the data of a track, or prepare it."""
    if context.invoked_subcommand is None:
        show(context.get_help())
