"""`zoo prefetch`: networks of others and weights that live on the Hub, listed or brought here."""

from pathlib import Path
from typing import Annotated, Any

import typer

import zoo
from zoo.cli.output import Json, say, show, show_json
from zoo.documents.columns import table


def command(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="A network, or a protocol, recipe, track or part that needs some, or hf:user/name@<40 hex>:FILE; without it "
            "all are listed.",
        ),
    ] = None,
    source: Annotated[
        Path | None, typer.Option("--from", metavar="FILE|DIR", help="Take the file from here instead of fetching it.")
    ] = None,
    only_list: Annotated[bool, typer.Option("--list", help="Say what is needed and what is here; fetch nothing.")] = False,
    json: Json = False,
) -> None:
    """Bring networks of others here: those that a protocol, recipe, track or part needs, and weights that live on the Hub.

    A file counts once its sha256 is the registry's. Files are kept in $ZOO_NETWORKS (~/.cache/zoo/networks if not set); what
    torchvision or the Hugging Face Hub have fetched before is used where it lies.
    """
    rows = zoo.prefetch(name, source=source, only_list=only_list, tell=say)
    if json:
        show_json(rows)
    else:
        show(_table(rows) if rows else f"{name} needs no network of others")


def _table(rows: list[dict[str, Any]]) -> str:
    sizes = [f"{row['size'] / 1e6:,.1f} MB" if row["size"] else "-" for row in rows]
    cells = [[r["name"], r["state"], size, r["path"] or r["get"], r["summary"]] for r, size in zip(rows, sizes, strict=True)]
    return table(["network", "state", "size", "where, or how to get it", "what it is"], cells)
