"""Entry points -> components, recipes and tracks. Imports no torch; a broken plugin is reported and harms nobody else."""

import importlib
import os
import reprlib
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from zoo.documents.files import assets
from zoo.errors import ZooError, told, unknown
from zoo.hookspecs import GROUP, KINDS, Component, Fact, Kind
from zoo.recipes import plugins
from zoo.recipes.containment import named_when_slow, no_way_out
from zoo.recipes.plugins import HERE, Plugin, load_plugin, registered

T = TypeVar("T")
COLD = 30.0  # seconds that an import may take unnamed where it is the first to bring torch along


@dataclass
class Shelf(Generic[T]):
    """Things of one kind by name, each with its owners; more than one owner is a clash."""

    kind: str
    items: dict[str, list[tuple[Plugin, T]]] = field(default_factory=dict)

    def add(self, name: str, plugin: Plugin, item: T) -> None:
        """Put an item down; a clash is recorded and reported when the name is used."""
        self.items.setdefault(name, []).append((plugin, item))

    def owner(self, name: str) -> tuple[Plugin, T]:
        """The one owner of `name`; ZooError when nobody knows it or two plugins claim it."""
        if name not in self.items:
            raise unknown(self.kind, name, self.items, where="installed plugins (zoo list shows them)")
        owners = self.items[name]
        if len(owners) > 1:
            raise ZooError(
                f"two plugins claim {self.kind} {name!r}: {' and '.join(str(p) for p, _ in owners)}",
                where=f"entry points in group {GROUP}",
                fix="uninstall one of them, or ask its author to rename it",
                exit_code=2,
            )
        return owners[0]

    def __getitem__(self, name: str) -> T:
        return self.owner(name)[1]

    def usable(self) -> list[str]:
        """The names that have one owner, in order."""
        return sorted(name for name, owners in self.items.items() if len(owners) == 1)

    def of(self, plugin: Plugin) -> list[T]:
        """What one plugin offers."""
        return [item for owners in self.items.values() for owner, item in owners if owner == plugin]

    def clashes(self) -> list[str]:
        """One line per name with several owners."""
        return [
            f"{self.kind} {n!r} is claimed by {' and '.join(str(p) for p, _ in o)}" for n, o in self.items.items() if len(o) > 1
        ]


@dataclass(eq=False)
class Catalog:
    """Everything the installed plugins offer."""

    plugins: list[Plugin]
    components: dict[Kind, Shelf[Component]]
    recipes: Shelf[Path]
    tracks: Shelf[Path]
    builders: dict[tuple[Kind, int], tuple[object, Callable[[Any], Any]]] = field(
        default_factory=dict
    )  # see zoo.recipes.options

    def component(self, kind: Kind, name: str) -> Component:
        """The component of that kind and name; a name of another kind is said to be so."""
        shelf = self.components[kind]
        if name not in shelf.items:
            others = [k for k, s in self.components.items() if name in s.items]
            if others:
                raise ZooError(
                    f"{name!r} is a {others[0]}, not a {kind}",
                    where=f"{kind} = {name}",
                    fix=f"zoo list {kind} shows what fits",
                    exit_code=2,
                )
        return shelf[name]

    def wrapper(self, kind: Kind, name: str) -> Component:
        """The wrapper of that name; ZooError for one that parts of this kind do not wear."""
        found = self.component("wrapper", name)
        if found.wraps != kind:
            fitting = [c.name for c in self._first("wrapper") if c.wraps == kind]
            raise ZooError(
                f"{name} is worn by a {found.wraps}, not by a {kind}",
                where=f"{kind}.wear",
                fix=f"name it in {found.wraps}.wear, or wear {' or '.join(fitting)}" if fitting else f"--set {kind}.wear=[]",
                exit_code=2,
            )
        return found

    def giving(self, fact: Fact, kinds: Iterable[Kind] = KINDS) -> list[Component]:
        """Components that give a fact, for the line that mends an impossible mix."""
        return [c for k in kinds for c in self._first(k) if fact in c.gives]

    def _first(self, kind: Kind) -> list[Component]:
        return [owners[0][1] for owners in self.components[kind].items.values()]

    def problems(self) -> list[str]:
        """Broken plugins and clashes, one line each."""
        broken = [problem for plugin in self.plugins if (problem := plugin.problem())]
        shelves: list[Shelf[Any]] = [*self.components.values(), self.recipes, self.tracks]
        return broken + [line for shelf in shelves for line in shelf.clashes()]


@cache
def catalog() -> Catalog:
    """The catalogue of this installation and of the packages that ZOO_PLUGINS names, read once."""
    installed = list(entry_points(group=GROUP))
    return build_catalog([*installed, *registered(os.environ.get(HERE, ""), installed)])


def build_catalog(points: Iterable[EntryPoint]) -> Catalog:
    """Load every entry point by itself and collect what its hooks offer."""
    result = Catalog([], {k: Shelf(k) for k in KINDS}, Shelf("recipe"), Shelf("track"))
    unique = {(p.name, p.value, p.dist.name if p.dist else ""): p for p in points}
    for _, point in sorted(unique.items()):
        result.plugins.append(_load(point, result))
    home = Plugin("zoo", "zoo", "posezoo", "")
    for path in sorted((assets() / "benchmarks" / "tracks").glob("*.toml")):
        result.tracks.add(path.stem, home, path)
    return result


def _load(point: EntryPoint, into: Catalog) -> Plugin:
    plugin, offers = load_plugin(point)
    for component in offers.components:
        into.components[component.kind].add(component.name, plugin, component)
    for path in offers.recipes:
        into.recipes.add(path.stem, plugin, path)
    for path in offers.tracks:
        into.tracks.add(path.stem, plugin, path)
    return plugin


def import_component(component: Component) -> Callable[..., Any]:
    """The class behind a component; importing it may import torch."""
    module, _, attribute = component.target.partition(":")
    patience = plugins.SECONDS if "torch" in sys.modules else COLD
    try:
        with no_way_out(), named_when_slow(f"{component.kind} {component.name} ({module} is being imported)", patience):
            factory = getattr(importlib.import_module(module), attribute)
    except (Exception, SystemExit) as error:
        raise _broken(component, f"could not be imported: {told(error)}") from error
    if not callable(factory):
        raise _broken(component, f"is {reprlib.repr(factory)}, expected a class")
    return cast(Callable[..., Any], factory)


def _broken(component: Component, how: str) -> ZooError:
    fix = "the plugin that offers it is broken: tell its author"
    return ZooError(f"{component.kind} {component.name} {how}", where=component.target, fix=fix)
