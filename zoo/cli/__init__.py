"""The `zoo` command: one small file per command, and the one place where errors become messages and exit codes."""

import sys
import traceback
from collections.abc import Sequence

import typer

from zoo.cli import compare, edit, leaderboard, listing, plugin, plugins, run, show, train, transfer
from zoo.cli.output import results_alone, say, warn_of_problems
from zoo.errors import ZooError
from zoo.recipes.catalog import catalog

app = typer.Typer(
    name="zoo",
    help="A model zoo for pose-guided person image generation.",
    epilog="Every command takes --debug: a failure then shows its traceback.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for module in (listing, show, run, train, transfer, edit, leaderboard, compare, plugins):
    app.command(module.NAME)(results_alone()(module.command))
app.add_typer(plugin.app, name="plugin")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command line and exit: 0 done, 1 a failure, 2 a wrong call."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    try:
        app([a for a in given if a != "--debug"], prog_name="zoo")
    except Exception as error:
        if debug:
            traceback.print_exc()
        known = error if isinstance(error, ZooError) else _unexpected(error, debug)
        say(f"error: {known}")
        if known.exit_code == 2:  # what is unknown may have been meant to come from a plugin that broke
            warn_of_problems(catalog())
        sys.exit(known.exit_code)


def _unexpected(error: Exception, debug: bool) -> ZooError:
    fix = "report it with the traceback above" if debug else "run the same command with --debug to see the traceback"
    return ZooError(f"{type(error).__name__}: {error}", where="an unexpected failure inside zoo or a plugin", fix=fix)
