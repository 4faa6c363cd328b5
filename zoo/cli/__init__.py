"""The `zoo` command: one small file per command, and the one place where errors become messages and exit codes."""

import logging
import sys
import traceback
from collections.abc import Sequence
from contextlib import nullcontext
from importlib.metadata import version
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from zoo.cli import (
    annotate,
    bench,
    compare,
    data,
    edit,
    effects,
    export,
    leaderboard,
    listing,
    output,
    plugin,
    plugins,
    prefetch,
    pull,
    push,
    run,
    score,
    serve,
    show,
    submit,
    train,
    transfer,
    verify,
    webpage,
)
from zoo.cli.output import Spoken, results_alone, say, unheard, warn_of_problems
from zoo.documents.misfits import explained_value
from zoo.documents.voice import leads
from zoo.errors import OneProcessError, ZooError
from zoo.recipes.catalog import catalog
from zoo.training.interruption import INTERRUPTED

SPOKEN = Spoken(logging.WARNING)
app = typer.Typer(
    name="zoo",
    help="A model zoo for pose-guided person image generation.",
    epilog="Every command takes --debug: a failure then shows its traceback.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for module in (
    listing, show, run, train, bench, annotate, transfer, edit, webpage, leaderboard, compare, effects, plugins, prefetch,
    score, push, pull, submit, verify,
):  # fmt: skip
    app.command(module.NAME)(results_alone()(module.command))
for module in (export, serve):
    app.command(module.NAME)(results_alone()(module.command))
app.add_typer(data.app, name="data")
app.add_typer(plugin.app, name="plugin")


def _version(asked: bool) -> None:
    if asked:
        output.show(f"zoo {version('posezoo')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def zoo(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which zoo this is.")
    ] = False,
) -> None:
    """A model zoo for pose-guided person image generation."""
    if context.invoked_subcommand is None:
        output.show(context.get_help())


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command line and exit: 0 done, 1 a failure, 2 a wrong call.

    Of several processes that torchrun or accelerate launch started the first one speaks; only run and train need the others.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    if not leads() and given[:1] not in ([run.NAME], [train.NAME]):
        return
    logging.getLogger().addHandler(SPOKEN)
    try:
        with nullcontext() if leads() or debug else unheard():
            code = app([a for a in given if a != "--debug"], prog_name="zoo", standalone_mode=False)
        if code == INTERRUPTED:  # how typer hands on what Ctrl-C raises
            raise KeyboardInterrupt
        sys.exit(code)
    except (KeyboardInterrupt, typer.Abort):
        if leads():
            say("interrupted")
        sys.exit(INTERRUPTED)
    except Exception as error:
        if debug:
            traceback.print_exc()
        known = error if isinstance(error, ZooError) else _misused(error) or _unexpected(error, debug)
        if not leads() and not isinstance(known, OneProcessError):  # the first one fails alike
            sys.exit(known.exit_code)
        if known.exit_code == 2:  # what is unknown may have been meant to come from a plugin that broke
            warn_of_problems(catalog())
        say(f"error: {known}")
        sys.exit(known.exit_code)


def _misused(error: Any) -> ZooError | None:
    """What the command line's own parser refuses: an unknown command or option, a value that is no number."""
    if not hasattr(error, "format_message"):
        return None
    cause, context = error.__cause__, getattr(error, "ctx", None)
    option = getattr(getattr(error, "param", None), "opts", [""])[0]
    what = explained_value(cause, option) if isinstance(cause, ValidationError) else error.format_message()
    path = context.command_path if context else "zoo"
    return ZooError(what, where=path, fix=f"{path} --help", exit_code=error.exit_code)


def _unexpected(error: Exception, debug: bool) -> ZooError:
    fix = "report it with the traceback above" if debug else "run the same command with --debug to see the traceback"
    return ZooError(f"{type(error).__name__}: {error}", where="an unexpected failure inside zoo or a plugin", fix=fix)
