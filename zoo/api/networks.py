"""`zoo.prefetch`: networks of others and weights that live on the Hub, listed or brought here."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from zoo.documents.reading import file_sha256
from zoo.errors import ZooError
from zoo.recipes.catalog import catalog
from zoo.scoring.needed import needed_networks
from zoo.store.hub import HubFile, cached, download, hub_file
from zoo.store.networks import adopt, fetch, file_names, find, is_here, require
from zoo.store.registry import NetworkEntry, WeightsEntry, fetch_weights, registry, weights_here

Tell = Callable[[str], object]
log = logging.getLogger("zoo")


def prefetch(
    name: str | None = None, *, source: str | Path | None = None, only_list: bool = False, tell: Tell = log.info
) -> list[dict[str, Any]]:
    """Bring the networks of others that `name`, a network, protocol, recipe, track, part or file on the Hub, needs.

    A file counts once its sha256 is the registry's. `source` is a file or folder to take it from instead of fetching it, with
    `only_list` nothing is fetched, `tell` hears what is. What is needed and where it is, a row each; without a
    name everything is listed. ZooError for an unknown
    name, and for what is missing still.
    """
    if name is None and source is not None:
        raise ZooError("--from is about one name", where="zoo prefetch", fix="zoo prefetch NAME --from FILE", exit_code=2)
    if name is not None and (file := hub_file(name)):
        return [_bare_row(file, None if only_list else download(file))]
    entries = registry().networks if name is None else needed_networks(name, catalog())
    weights = [e for e in registry().weights if e.hub and name in (None, e.recipe, *_aliases(e.recipe))]
    if name is not None and not only_list:
        _bring(entries, Path(source) if source else None, tell)
        _bring_weights(weights, tell)
    return [*map(_row, entries), *map(_weights_row, weights)]


def _aliases(recipe: str) -> list[str]:
    return [alias.name for alias in registry().aliases if alias.recipe == recipe]


def _bring_weights(entries: list[WeightsEntry], tell: Tell) -> None:
    for entry in entries:
        if not weights_here(entry):
            tell(f"{_called(entry)}: fetching {entry.hub} ({entry.licence})")
            tell(f"{_called(entry)}: {fetch_weights(entry)}")


def _called(entry: WeightsEntry) -> str:
    return f"{entry.recipe}/{entry.variant} on {entry.track}"


def _bring(entries: list[NetworkEntry], source: Path | None, tell: Tell) -> None:
    """Fetch what is missing, or take it from `source`; a ZooError names what is missing still, or is another file."""
    wanted = [entry for entry in entries if not entry.package]
    for entry in _lying_in(source, wanted) if source else (e for e in wanted if not is_here(e)):
        if source is None:
            tell(f"{entry.name}: fetching {entry.file}, {entry.size / 1e6:,.0f} MB ({entry.licence})")
        tell(f"{entry.name}: {adopt(entry, source) if source else fetch(entry)}")
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
