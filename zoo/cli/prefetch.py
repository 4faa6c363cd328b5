"""`zoo prefetch`: networks of others that scores, losses and annotations are made with, listed or brought here."""

from pathlib import Path
from typing import Annotated, Any

import typer

from zoo.cli.output import Json, say, show, show_json, table
from zoo.documents.reading import file_sha256
from zoo.errors import ZooError
from zoo.recipes.catalog import catalog
from zoo.scoring.needed import needed_networks
from zoo.store.networks import adopt, fetch, file_names, find, is_here, require
from zoo.store.registry import NetworkEntry, registry

NAME = "prefetch"


def command(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME", help="A network, or a protocol, recipe, track or part that needs some; without it all are listed."
        ),
    ] = None,
    source: Annotated[
        Path | None, typer.Option("--from", metavar="FILE|DIR", help="Take the file from here instead of fetching it.")
    ] = None,
    only_list: Annotated[bool, typer.Option("--list", help="Say what is needed and what is here; fetch nothing.")] = False,
    json: Json = False,
) -> None:
    """Bring networks of others here: those that a protocol, recipe, track or part needs.

    A file counts once its sha256 is the registry's. Files are kept in $ZOO_NETWORKS (~/.cache/zoo/networks if not set); what
    torchvision or the Hugging Face Hub have fetched before is used where it lies.
    """
    if name is None and source is not None:
        raise ZooError("--from is about one name", where="zoo prefetch", fix="zoo prefetch NAME --from FILE", exit_code=2)
    entries = registry().networks if name is None else needed_networks(name, catalog())
    if name is not None and not only_list:
        _bring(entries, source)
    rows = [_row(entry) for entry in entries]
    if json:
        show_json(rows)
    else:
        show(_table(rows) if rows else f"{name} needs no network of others")


def _bring(entries: list[NetworkEntry], source: Path | None) -> None:
    """Fetch what is missing, or take it from `source`; a ZooError names what is missing still, or is another file."""
    wanted = [entry for entry in entries if not entry.package]
    for entry in _lying_in(source, wanted) if source else (e for e in wanted if not is_here(e)):
        if source is None:
            say(f"{entry.name}: fetching {entry.file}, {entry.size / 1e6:,.0f} MB ({entry.licence})")
        say(f"{entry.name}: {adopt(entry, source) if source else fetch(entry)}")
    for entry in entries:
        require(entry)


def _lying_in(source: Path, entries: list[NetworkEntry]) -> list[NetworkEntry]:
    """Those of `entries` that a folder holds, by their names, or that a file is, by its sha256."""
    if source.is_dir():
        return [entry for entry in entries if any((source / name).is_file() for name in file_names(entry))]
    found = file_sha256(source)
    return [entry for entry in entries if entry.sha256 == found] or entries[:1]


def _row(entry: NetworkEntry) -> dict[str, Any]:
    """Keys are a contract: add, never rename."""
    path, hub = find(entry), entry.hub
    return {
        "name": entry.name, "summary": entry.summary, "file": entry.file, "size": entry.size, "sha256": entry.sha256,
        "verified": entry.verified, "licence": entry.licence, "accuracy": entry.accuracy,
        "from": f"hf:{hub.repo}@{hub.revision}:{hub.filename}" if hub else entry.url or f"package {entry.package}",
        "state": "missing" if path is None else "here" if is_here(entry) else "another file",
        "path": None if path is None else str(path), "get": f"zoo prefetch {entry.name}",
    }  # fmt: skip


def _table(rows: list[dict[str, Any]]) -> str:
    cells = [[r["name"], r["state"], f"{r['size'] / 1e6:,.1f} MB", r["path"] or r["get"], r["summary"]] for r in rows]
    return table(["network", "state", "size", "where, or how to get it", "what it is"], cells)
