"""The `zoo` command: one small file per command, and the one place where errors become messages and exit codes."""

import logging
import sys
import traceback
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any

import typer

from zoo.cli import output
from zoo.cli.output import Spoken, results_alone, say, unheard, warn_of_problems
from zoo.documents.voice import leads
from zoo.errors import OneProcessError, ZooError
from zoo.recipes.catalog import catalog
from zoo.training.interruption import INTERRUPTED

SPOKEN = Spoken(logging.WARNING)
COMMANDS = {
    "list": "listing",
    **{name: name for name in ("show", "run", "train", "bench")},
    "bench speed": "speed",
    **{name: name for name in ("annotate", "transfer", "edit")},
    "app": "webpage",
    **{name: name for name in ("leaderboard", "compare", "effects", "plugins", "prefetch", "score")},
    **{name: name for name in ("push", "pull", "submit", "verify", "export", "serve")},
}  # the module of each, in the order that `zoo --help` shows
GROUPS = ("data", "plugin")


def command_line(names: Iterable[str] = (*COMMANDS, *GROUPS)) -> typer.Typer:
    """The command line with these commands and groups; only their modules are imported."""
    line = typer.Typer(
        name="zoo",
        help="A model zoo for pose-guided person image generation.",
        epilog="Every command takes --debug: a failure then shows its traceback.",
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    line.callback(invoke_without_command=True)(zoo)
    for name in names:
        module = import_module(f"zoo.cli.{COMMANDS.get(name, name)}")
        if name in GROUPS:
            line.add_typer(module.app, name=name)
        else:
            line.command(name)(results_alone()(module.command))
    return line


def _version(asked: bool) -> None:
    if asked:
        output.show(f"zoo {version('posezoo')}")
        raise typer.Exit


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
    asked = list(sys.argv[1:] if arguments is None else arguments)
    debug, given = "--debug" in asked, joined([a for a in asked if a != "--debug"])
    named = [name for name in given[:1] if name in COMMANDS or name in GROUPS]
    if not leads() and named not in (["run"], ["train"]):
        return
    logging.getLogger().addHandler(SPOKEN)
    try:
        with nullcontext() if leads() or debug else unheard():
            line = command_line(named) if named else command_line()
            code = line(given, prog_name="zoo", standalone_mode=False)
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
        say(f"error: {known.spoken}")
        sys.exit(known.exit_code)


def joined(given: list[str]) -> list[str]:
    """`bench speed` is one command of two words: no suite is called so."""
    both = " ".join(given[:2])
    return [both, *given[2:]] if both in COMMANDS else given


def _misused(error: Any) -> ZooError | None:
    """What the command line's own parser refuses: an unknown command or option, a value that is no number."""
    if not hasattr(error, "format_message"):
        return None
    cause, context = error.__cause__, getattr(error, "ctx", None)
    option = getattr(getattr(error, "param", None), "opts", [""])[0]
    what = error.format_message() if cause is None else _explained(cause, option) or error.format_message()
    path = context.command_path if context else "zoo"
    return ZooError(what, where=path, fix=f"{path} --help", exit_code=error.exit_code)


def _explained(cause: BaseException, option: str) -> str:
    """A value refused by a schema, in our words; imported here because most commands start without schemas."""
    from pydantic import ValidationError

    from zoo.documents.misfits import explained_value

    return explained_value(cause, option) if isinstance(cause, ValidationError) else ""


def _unexpected(error: Exception, debug: bool) -> ZooError:
    fix = "report it with the traceback above" if debug else "run the same command with --debug to see the traceback"
    return ZooError(f"{type(error).__name__}: {error}", where="an unexpected failure inside zoo or a plugin", fix=fix)
