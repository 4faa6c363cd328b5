"""`zoo.list`: every part, recipe, variant, track and protocol that is installed, and who brings it. Imports no torch."""

import logging
import reprlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from zoo.documents.names import BEST
from zoo.documents.toml import read_toml
from zoo.errors import ZooError, unknown
from zoo.hookspecs import KINDS
from zoo.recipes.catalog import Catalog, Shelf, T, catalog
from zoo.recipes.plugins import Plugin
from zoo.scoring.pictures.shelf import shipped
from zoo.scoring.protocols import PROTOCOLS

log = logging.getLogger(__name__)

ALL_KINDS = (*KINDS, "recipe", "variant", "track", "protocol")
Row = dict[str, str]
_BEST = f"The leader of a track's board that ships with weights: zoo show {BEST} --track NAME says which, and why"
V = TypeVar("V")


@dataclass(frozen=True)
class Heading:
    """What a list says of a recipe, a track or a protocol; read without a schema, which takes longer to build than the list."""

    paper: str = ""
    summary: str = ""
    variants: dict[str, str] = field(default_factory=dict)  # name -> summary


def list_parts(kind: str | None = None) -> list[Row]:
    """Every installed part, recipe, variant, track and protocol, or those of one kind: kind, name, plugin, paper, summary.

    ZooError for a kind that is none.
    """
    if kind is not None and kind not in ALL_KINDS:
        raise unknown("kind", kind, ALL_KINDS, where="zoo list KIND")
    return [row for row in list_rows(catalog()) if kind in (None, row["kind"])]


def list_plugins() -> list[dict[str, Any]]:
    """One row per installed plugin; `error` is empty when it works, else why it could not be loaded."""
    installed = catalog()
    offers = Counter(row["plugin"] for row in list_rows(installed))
    return [
        {
            "name": p.name, "module": p.module, "distribution": p.distribution, "version": p.version,
            "offers": offers[p.name], "error": p.error,
        }
        for p in installed.plugins
    ]  # fmt: skip


def list_rows(installed: Catalog) -> Iterator[Row]:
    """One row per installed thing; a name with two owners has two."""
    for kind, shelf in installed.components.items():
        for name, plugin, part in entries(shelf):
            yield _row(kind, name, plugin, part.paper, part.summary)
    recipes = [(name, plugin, _heading(path)) for name, plugin, path in entries(installed.recipes)]
    for name, plugin, recipe in recipes:
        yield _row("recipe", name, plugin, recipe.paper, recipe.summary)
    yield {"kind": "recipe", "name": BEST, "plugin": "zoo", "paper": "", "summary": _BEST}
    for name, plugin, recipe in recipes:
        for variant, summary in recipe.variants.items():
            yield _row("variant", f"{name}/{variant}", plugin, recipe.paper, summary)
    for name, plugin, path in entries(installed.tracks):
        yield _row("track", name, plugin, "", _heading(path).summary)
    for name, summary in sorted(_protocols()):
        yield {"kind": "protocol", "name": name, "plugin": "zoo", "paper": "", "summary": summary}


def _protocols() -> Iterator[tuple[str, str]]:
    """Those that score the rows of a track, and those that score pictures on disk."""
    yield from ((rules.name, rules.summary) for rules in PROTOCOLS.values())
    yield from ((name, _heading(path).summary) for name, path in shipped().items())


def entries(shelf: Shelf[T]) -> Iterator[tuple[str, Plugin, T]]:
    """Name, owner and item of everything on a shelf, in order of name."""
    for name, owners in sorted(shelf.items.items()):
        for plugin, item in owners:
            yield name, plugin, item


def _row(kind: str, name: str, plugin: Plugin, paper: str, summary: str) -> Row:
    return {"kind": kind, "name": name, "plugin": plugin.name, "paper": paper, "summary": summary}


def _heading(path: Path) -> Heading:
    try:
        return _read_heading(read_toml(path), path.name)
    except ZooError as error:  # one unreadable file does not hide the others
        log.warning("%s", error)
        return Heading()


def _read_heading(document: Mapping[str, Any], where: str) -> Heading:
    variants = _entry(document, "variants", dict, where)
    summaries = {name: _entry(_entry(variants, name, dict, where), "summary", str, where) for name in variants}
    return Heading(_entry(document, "paper", str, where), _entry(document, "summary", str, where), summaries)


def _entry(table: Mapping[str, Any], key: str, kind: type[V], where: str) -> V:
    """The text or table under a key, empty where it is not given; ZooError for anything else."""
    value = table.get(key, kind())
    if not isinstance(value, kind):
        wanted = "text" if kind is str else "a table"
        raise ZooError(f"{key} must be {wanted}, not {reprlib.repr(value)}", where=where, fix=f"write {wanted}", exit_code=2)
    return value
