"""`zoo plugins`: what is installed, in what state."""

import typer

import zoo
from zoo.cli.output import Json, show, show_json, warn_of_problems
from zoo.documents.columns import table
from zoo.recipes.catalog import catalog


def command(json: Json = False) -> None:
    """List the plugins and what is wrong with them; the exit code is 1 if one could not be loaded."""
    rows = zoo.plugins()
    if json:
        show_json(rows)
    else:
        head = ["plugin", "distribution", "version", "offers", "error"]
        show(table(head, [[r["name"], r["distribution"], r["version"], str(r["offers"]), r["error"]] for r in rows]))
    warn_of_problems(catalog())
    if any(row["error"] for row in rows):
        raise typer.Exit(1)
