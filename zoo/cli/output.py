"""Results go to standard output, everything else to standard error."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from zoo.recipes.catalog import Catalog


def say(text: str) -> None:
    """A message for the person at the terminal."""
    print(text, file=sys.stderr, flush=True)


def warn_of_problems(installed: Catalog) -> None:
    """Broken plugins and names claimed twice, one line each."""
    for problem in installed.problems():
        say(f"warning: {problem}")


def show(text: str) -> None:
    """A result for people."""
    print(text, flush=True)


def show_json(value: Any) -> None:
    """A result for scripts. Keys are a contract: add, never rename."""
    show(json.dumps(value, indent=2, allow_nan=False, default=str))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Left-aligned columns under a ruled head."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    ruled = [lines[0], ["-" * w for w in widths], *lines[1:]]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip() for line in ruled)
