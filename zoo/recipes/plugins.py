"""One entry point -> what its plugin offers, or why it offers nothing. Imports no torch."""

import re
import reprlib
from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pluggy

from zoo.errors import nearest
from zoo.hookspecs import FACTS, KINDS, Component, ZooSpec

_NAME = re.compile(r"[a-z][a-z0-9_-]*\.[a-z][a-z0-9_-]*")


@dataclass(frozen=True)
class Plugin:
    """Who offers something: the entry point's name, its module, and the distribution that brought it."""

    name: str
    module: str
    distribution: str
    version: str
    error: str = ""  # why it could not be loaded

    def __str__(self) -> str:
        return f"{self.name} ({self.distribution} {self.version})"


@dataclass(frozen=True)
class Offers:
    """What a plugin's hooks yield, checked."""

    components: list[Component] = field(default_factory=list)
    recipes: list[Path] = field(default_factory=list)
    tracks: list[Path] = field(default_factory=list)


def load_plugin(point: EntryPoint) -> tuple[Plugin, Offers]:
    """Load one entry point by itself; a plugin may fail in any way, and then offers nothing and says why."""
    plugin = Plugin(point.name, point.value, point.dist.name if point.dist else "?", point.dist.version if point.dist else "")
    try:
        return plugin, _offers(point)
    except (Exception, SystemExit) as error:
        return replace(plugin, error=f"{type(error).__name__}: {error}"), Offers()


def _offers(point: EntryPoint) -> Offers:
    manager = pluggy.PluginManager("zoo")
    manager.add_hookspecs(ZooSpec)
    manager.register(point.load(), name=point.name)
    manager.check_pending()
    hooks = manager.hook.zoo_components, manager.hook.zoo_recipes, manager.hook.zoo_tracks
    offers = Offers(*[[item for found in hook() for item in found] for hook in hooks])
    for component in offers.components:
        _check_component(component)
    for path in offers.recipes + offers.tracks:
        _check_path(path)
    return offers


def _check_component(component: Any) -> None:
    if not isinstance(component, Component):
        raise TypeError(f"zoo_components yields {reprlib.repr(component)}, expected zoo.hookspecs.Component")
    for name in ("kind", "name", "target", "summary", "paper"):
        _expect(component, name, str, "text")
    if component.kind not in KINDS:
        raise ValueError(f"{component.name}: unknown kind {component.kind!r}, one of {', '.join(KINDS)}")
    if not _NAME.fullmatch(component.name):
        raise ValueError(f"{component.name!r} is not of the form plugin.part")
    for name in ("needs", "gives", "judges"):
        _expect(component, name, Set, "a set of facts")
        _check_facts(component, name, getattr(component, name))
    _expect(component, "needs_with", Mapping, "a table of 'option=value' and facts")
    for choice, facts in component.needs_with.items():
        _check_facts(component, f"needs_with {choice!r}", facts)


def _expect(component: Component, name: str, kind: type, wanted: str) -> None:
    value = getattr(component, name)
    if not isinstance(value, kind):
        who = component.name if isinstance(component.name, str) else "a component"
        raise TypeError(f"{who}: {name} is {reprlib.repr(value)}, expected {wanted}")


def _check_facts(component: Component, where: str, facts: Set[Any]) -> None:
    for fact in facts:
        if fact not in FACTS:
            raise ValueError(f"{component.name}: {where} the unknown fact {fact!r}; {nearest(str(fact), FACTS)}")


def _check_path(path: Any) -> None:
    if not isinstance(path, Path):
        raise TypeError(f"offers {reprlib.repr(path)}, expected a pathlib.Path")
    if not path.is_file():
        raise FileNotFoundError(f"offers {path}, which does not exist")
