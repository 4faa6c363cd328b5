"""Results go to standard output, everything else to standard error; nothing but text reaches a terminal."""

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from zoo.errors import visible
from zoo.recipes.catalog import Catalog

STDOUT, STDERR = 1, 2  # the numbers that every process has them under
Json = Annotated[bool, typer.Option("--json", help="JSON on standard output and nothing else.")]

_results: TextIO | None = None  # where `show` writes while `results_alone`


@contextmanager
def unheard() -> Iterator[None]:
    """Inside, nothing reaches the terminal."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        yield


def say(text: str) -> None:
    """A message for the person at the terminal."""
    _write(text, sys.stderr)


class Spoken(logging.Handler):
    """What the library warns of, for the person at the terminal."""

    def emit(self, record: logging.LogRecord) -> None:
        """Say it."""
        say(f"warning: {record.getMessage()}")


def warn_of_problems(installed: Catalog) -> None:
    """Broken plugins and names claimed twice, one line each."""
    for problem in installed.problems():
        say(f"warning: {problem}")


def show(text: str) -> None:
    """A result for people."""
    _write(text, _results or sys.stdout)


@contextmanager
def results_alone() -> Iterator[None]:
    """Inside, standard output carries what `show` writes and nothing else: what a plugin prints goes to standard error."""
    global _results
    try:
        with _channel() as _results, redirect_stdout(sys.stderr):
            yield
    finally:
        _results = None


@contextmanager
def _channel() -> Iterator[TextIO]:
    """Standard output under another number, so that what writes to number 1 past Python reaches standard error too."""
    try:
        real = sys.stdout.fileno() == STDOUT and sys.stderr.fileno() == STDERR
    except (OSError, ValueError):  # a notebook, a test
        real = False
    if not real:
        yield sys.stdout
        return
    sys.stdout.flush()
    with os.fdopen(os.dup(STDOUT), "w", encoding=sys.stdout.encoding, errors=sys.stdout.errors) as channel:
        os.dup2(STDERR, STDOUT)
        try:
            yield channel
        finally:
            channel.flush()
            os.dup2(channel.fileno(), STDOUT)


def _write(text: str, stream: TextIO) -> None:
    """Lines without control characters, in what the terminal can spell."""
    plain = "\n".join(map(visible, text.split("\n")))
    encoding = stream.encoding or "utf-8"
    print(plain.encode(encoding, "backslashreplace").decode(encoding), file=stream, flush=True)


def show_json(value: Any) -> None:
    """A result for scripts. Keys are a contract: add, never rename."""
    show(json.dumps(value, indent=2, allow_nan=False, default=str))
