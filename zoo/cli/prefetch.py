"""`zoo prefetch`: networks of others and weights that live on the Hub, listed or brought here."""

from pathlib import Path
from typing import Annotated, Any

import typer

from zoo.cli.output import Json, say, show, show_json
from zoo.documents.columns import table
from zoo.documents.reading import file_sha256
from zoo.errors import ZooError
from zoo.recipes.catalog import catalog
from zoo.scoring.needed import needed_networks
from zoo.store.hub import HubFile, cached, download, hub_file
from zoo.store.networks import adopt, fetch, file_names, find, is_here, require
from zoo.store.registry import NetworkEntry, WeightsEntry, fetch_weights, registry, weights_here

NAME = "prefetch"


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
    if name is None and source is not None:
        raise ZooError("--from is about one name", where="zoo prefetch", fix="zoo prefetch NAME --from FILE", exit_code=2)
    if name is not None and (file := hub_file(name)):
        rows = [_bare_row(file, None if only_list else download(file))]
    else:
        entries = registry().networks if name is None else needed_networks(name, catalog())
        weights = [e for e in registry().weights if e.hub and name in (None, e.recipe, *_aliases(e.recipe))]
        if name is not None and not only_list:
            _bring(entries, source)
            _bring_weights(weights)
        rows = [*map(_row, entries), *map(_weights_row, weights)]
    if json:
        show_json(rows)
    else:
        show(_table(rows) if rows else f"{name} needs no network of others")


def _aliases(recipe: str) -> list[str]:
    return [alias for alias, meant in registry().aliases.items() if meant == recipe]


def _bring_weights(entries: list[WeightsEntry]) -> None:
    for entry in entries:
        if not weights_here(entry):
            say(f"{_called(entry)}: fetching {entry.hub} ({entry.licence})")
            say(f"{_called(entry)}: {fetch_weights(entry)}")


def _called(entry: WeightsEntry) -> str:
    return f"{entry.recipe}/{entry.variant} on {entry.track}"


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
    path = find(entry)
    return {
        "name": entry.name, "summary": entry.summary, "file": entry.file, "size": entry.size, "sha256": entry.sha256,
        "verified": entry.verified, "licence": entry.licence, "accuracy": entry.accuracy,
        "from": str(entry.hub or entry.url or f"package {entry.package}"),
        "state": "missing" if path is None else "here" if is_here(entry) else "another file",
        "path": None if path is None else str(path), "get": f"zoo prefetch {entry.name}",
    }  # fmt: skip


def _weights_row(entry: WeightsEntry) -> dict[str, Any]:
    assert entry.hub is not None, "weights that ship are not listed"
    right = {"summary": "weights", "sha256": entry.sha256, "licence": entry.licence, "get": f"zoo prefetch {entry.recipe}"}
    state = {"state": "here" if weights_here(entry) else "another file"} if cached(entry.hub) else {}
    return {**_bare_row(entry.hub), "name": _called(entry), **right, **state}


def _bare_row(file: HubFile, path: Path | None = None) -> dict[str, Any]:
    """A file of which the registry knows nothing: whoever loads it checks its sha256."""
    path = path or cached(file)
    return {
        "name": str(file), "summary": "a file on the Hub", "file": file.filename, "size": path.stat().st_size if path else None,
        "sha256": file_sha256(path) if path else None, "verified": False, "licence": "", "accuracy": "", "from": str(file),
        "state": "here" if path else "missing", "path": str(path) if path else None, "get": f"zoo prefetch {file}",
    }  # fmt: skip


def _table(rows: list[dict[str, Any]]) -> str:
    sizes = [f"{row['size'] / 1e6:,.1f} MB" if row["size"] else "-" for row in rows]
    cells = [[r["name"], r["state"], size, r["path"] or r["get"], r["summary"]] for r, size in zip(rows, sizes, strict=True)]
    return table(["network", "state", "size", "where, or how to get it", "what it is"], cells)
