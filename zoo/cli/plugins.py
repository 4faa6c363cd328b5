"""`zoo plugins`: what is installed, in what state."""

from collections import Counter
from typing import Any

import typer

from zoo.cli.listing import list_rows
from zoo.cli.output import Json, show, show_json, table, warn_of_problems
from zoo.recipes.catalog import Catalog, catalog

NAME = "plugins"


def command(json: Json = False) -> None:
    """List the plugins and what is wrong with them; the exit code is 1 if one could not be loaded."""
    installed = catalog()
    rows = plugin_rows(installed)
    if json:
        show_json(rows)
    else:
        head = ["plugin", "distribution", "version", "offers", "error"]
        show(table(head, [[r["name"], r["distribution"], r["version"], str(r["offers"]), r["error"]] for r in rows]))
    warn_of_problems(installed)
    if any(row["error"] for row in rows):
        raise typer.Exit(1)


def plugin_rows(installed: Catalog) -> list[dict[str, Any]]:
    """One row per plugin; `error` is empty when it works."""
    offers = Counter(row["plugin"] for row in list_rows(installed))
    return [
        {
            "name": p.name, "module": p.module, "distribution": p.distribution, "version": p.version,
            "offers": offers[p.name], "error": p.error,
        }
        for p in installed.plugins
    ]  # fmt: skip
