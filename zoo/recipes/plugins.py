"""One entry point -> what its plugin offers, or why it offers nothing. Imports no torch."""

import re
import reprlib
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from importlib.metadata import EntryPoint
from itertools import islice
from pathlib import Path
from typing import Any

import pluggy

from zoo.errors import nearest, told, visible
from zoo.hookspecs import FACTS, GROUP, KINDS, Component, ZooSpec
from zoo.recipes.containment import contained

HERE = "ZOO_PLUGINS"  # the environment variable that registers packages without installing them
SECONDS = 5.0  # that a table of contents may take
_NAME = re.compile(r"[a-z][a-z0-9_-]*\.[a-z][a-z0-9_-]*")
_CHOICE = re.compile(r"[a-z_][a-z0-9_]*=.+")
_MOST = 10_000  # things one hook may offer: a generator may never end


@dataclass(frozen=True)
class Plugin:
    """Who offers something: the entry point's name, its module, and the distribution that brought it."""

    name: str
    module: str
    distribution: str
    version: str
    error: str = ""  # why it could not be loaded
    printed: str = ""  # what it wrote to standard output while it was read

    def __str__(self) -> str:
        return f"{self.name} ({self.distribution} {self.version})"

    def problem(self) -> str:
        """What its author must mend, if anything."""
        if self.error:
            return f"plugin {self} could not be loaded: {self.error}"
        return f"plugin {self} prints while it is read: {self.printed}" if self.printed else ""


@dataclass(frozen=True)
class Offers:
    """What a plugin's hooks yield, checked."""

    components: list[Component] = field(default_factory=list)
    recipes: list[Path] = field(default_factory=list)
    tracks: list[Path] = field(default_factory=list)


def registered(packages: str, installed: Iterable[EntryPoint]) -> list[EntryPoint]:
    """The entry points of `package[,package]`, those left out that an installed plugin announces already."""
    known = {point.value for point in installed}
    named = dict.fromkeys(name.strip() for name in packages.split(","))
    return [EntryPoint(name.removeprefix("zoo_"), name, GROUP) for name in named if name and name not in known]


def load_plugin(point: EntryPoint) -> tuple[Plugin, Offers]:
    """Load one entry point by itself; a plugin may fail in any way, and then offers nothing and says why."""
    owner = (point.dist.name, point.dist.version) if point.dist else (point.value, "not installed")
    plugin = Plugin(point.name, point.value, *owner)
    try:
        offers, printed = contained(lambda: _offers(point), SECONDS)
    except (Exception, SystemExit) as error:
        return replace(plugin, error=told(error)), Offers()
    return replace(plugin, printed=visible(printed.strip())[:80]), offers


def _offers(point: EntryPoint) -> Offers:
    manager = pluggy.PluginManager("zoo")
    manager.add_hookspecs(ZooSpec)
    manager.register(point.load(), name=point.name)
    manager.check_pending()
    offers = Offers(*(_listed(manager, hook) for hook in ("zoo_components", "zoo_recipes", "zoo_tracks")))
    for component in offers.components:
        _check_component(component)
    for path in offers.recipes + offers.tracks:
        _check_path(path)
    return offers


def _listed(manager: pluggy.PluginManager, hook: str) -> list[Any]:
    """Everything the plugin offers through one hook."""
    found: list[Any] = []
    for offered in getattr(manager.hook, hook)():
        if isinstance(offered, str) or not isinstance(offered, Iterable):
            raise TypeError(f"{hook} gives {reprlib.repr(offered)}, which is not iterable as a list is")
        found += islice(offered, _MOST + 1)
    if len(found) > _MOST:
        raise ValueError(f"{hook} offers more than {_MOST} things")
    return found


def _check_component(component: Any) -> None:
    if not isinstance(component, Component):
        raise TypeError(f"zoo_components yields {reprlib.repr(component)}, expected zoo.hookspecs.Component")
    for name in ("kind", "name", "target", "summary", "outlook", "paper"):
        _expect(component, name, str, "text")
    if component.kind not in KINDS:
        raise ValueError(f"{component.name}: unknown kind {component.kind!r}, one of {', '.join(KINDS)}")
    if not _NAME.fullmatch(component.name):
        raise ValueError(f"{component.name!r} is not of the form plugin.part")
    for name in ("needs", "gives", "judges"):
        _check_facts(component, name, getattr(component, name))
    _expect(component, "needs_with", Mapping, "a table of 'option=value' and facts")
    for choice, facts in component.needs_with.items():
        if not isinstance(choice, str) or not _CHOICE.fullmatch(choice):
            raise ValueError(f"{component.name}: needs_with {choice!r} is not of the form option=value")
        _check_facts(component, f"needs_with {choice!r}", facts)
    _expect(component, "at_work", Set, "a set of options' names")
    _check_multiple(component)
    if (component.kind == "wrapper") != (component.wraps in KINDS):
        raise ValueError(f"{component.name}: wraps is {component.wraps!r}; a wrapper names a kind there, and nothing else does")


def _expect(component: Component, name: str, kind: type, wanted: str) -> None:
    value = getattr(component, name)
    if not isinstance(value, kind):
        who = component.name if isinstance(component.name, str) else "a component"
        raise TypeError(f"{who}: {name} is {reprlib.repr(value)}, expected {wanted}")


def _check_facts(component: Component, where: str, facts: Any) -> None:
    if not isinstance(facts, Set):
        raise TypeError(f"{component.name}: {where} is {reprlib.repr(facts)}, expected a set of facts")
    for fact in facts:
        if fact not in FACTS:
            raise ValueError(f"{component.name}: {where} the unknown fact {fact!r}; {nearest(str(fact), FACTS)}")


def _check_multiple(component: Component) -> None:
    multiple = component.multiple
    if isinstance(multiple, bool) or not (isinstance(multiple, str) or (isinstance(multiple, int) and multiple >= 1)):
        wanted = "a number from 1 on, or the option that says it"
        raise TypeError(f"{component.name}: multiple is {reprlib.repr(multiple)}, expected {wanted}")


def _check_path(path: Any) -> None:
    if not isinstance(path, Path):
        raise TypeError(f"offers {reprlib.repr(path)}, expected a pathlib.Path")
    if not path.is_file():
        raise FileNotFoundError(f"offers {path}, which does not exist")
