"""All that an installed plugin promises, as a list of checks."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from zoo.errors import ZooError, told, unknown
from zoo.hookspecs import Kind
from zoo.recipes.catalog import Catalog, catalog, import_component
from zoo.recipes.compatibility import check_mix
from zoo.recipes.loading import load_recipe, variants_of
from zoo.recipes.options import check_options, check_recipe, options_model
from zoo.recipes.plugins import Plugin
from zoo.recipes.promises import broken
from zoo.recipes.recipe import Part
from zoo.recipes.track import Track, load_track
from zoo.scoring.protocols import protocol
from zoo.testing.bench import Bench
from zoo.testing.contracts import CONTRACTS, EVERYBODY
from zoo.testing.mixes import mixes, runs

Options = Mapping[str, Mapping[str, Any]]  # of parts: {"mine.folder": {"root": "photos"}}


@dataclass(frozen=True)
class Check:
    """One promise of one part; calling it tries the promise."""

    part: str  # "merge mine.joints"
    promise: str  # "hands on what its spec says"
    run: Callable[[], None]

    def __call__(self) -> None:
        """Raise a ZooError if the promise is broken, or if the part fails at it."""
        try:
            self.run()
        except ZooError:
            raise
        except Exception as error:
            what = f"{self.part} promises: {self.promise}; it failed: {told(error)}"
            raise ZooError(what, where=self.part, fix="its author must mend it; zoo.interfaces states the contract") from error

    def __str__(self) -> str:
        return f"{self.part} {self.promise}"


def checks(plugin: str, options: Options | None = None, *, mixed: bool = True) -> list[Check]:
    """Every promise that an installed plugin makes: its contents, parts, their mixes with everybody's, recipes and tracks.

    Parts are tried at their defaults or at `options`. Of one that cannot be built without options only what can be read is
    tried: see `untried`. While one cannot be imported nothing is mixed. ZooError for a plugin that nobody knows, or that could
    not be loaded.
    """
    installed, owner = catalog(), _plugin(plugin)
    listed = [Check(f"plugin {plugin}", "is read without torch and prints nothing", partial(_reads_quietly, owner))]
    benches, lost = _benches(owner, options or {})
    listed += [Check(bench.name, "can be imported", partial(_imports, bench)) for bench in lost]
    for bench in benches:
        contract = (*EVERYBODY, *(() if _missing(bench) else CONTRACTS.get(bench.component.kind, ())))
        listed += [Check(bench.name, str(promise.__doc__), partial(promise, bench)) for promise in contract]
    if mixed and not lost:
        found = mixes(installed, [bench.component.name for bench in benches])
        listed += [Check(f"mix {mix}", "runs, learns and never sees the truth", partial(runs, mix, installed)) for mix in found]
    return [*listed, *_recipe_checks(owner, installed), *_track_checks(owner, installed)]


def untried(plugin: str, options: Options | None = None) -> dict[str, str]:
    """The parts that cannot be built without options, and the options they ask for."""
    return {b.name: ", ".join(missing) for b in _benches(_plugin(plugin), options or {})[0] if (missing := _missing(b))}


def _plugin(name: str) -> Plugin:
    known = {plugin.name: plugin for plugin in catalog().plugins}
    if name not in known:
        raise unknown("plugin", name, known, where="zoo plugins lists them")
    if known[name].error:
        raise ZooError(known[name].problem(), where=known[name].module, fix="its author must mend it")
    return known[name]


def _benches(owner: Plugin, options: Options) -> tuple[list[Bench], list[Bench]]:
    """Its parts, and those that cannot be imported."""
    parts = [part for shelf in catalog().components.values() for part in shelf.of(owner)]
    found, lost = list[Bench](), list[Bench]()
    for bench in (Bench(catalog(), part, options.get(part.name, {})) for part in parts):
        try:
            import_component(bench.component)
        except ZooError:
            lost.append(bench)
        else:
            found.append(bench)
    return found, lost


def _imports(bench: Bench) -> None:
    import_component(bench.component)


def _missing(bench: Bench) -> list[str]:
    """The options that the part asks for and nobody gave."""
    fields = options_model(bench.component, import_component(bench.component)).model_fields
    return [name for name, field in fields.items() if field.is_required() and name not in bench.options]


def _reads_quietly(plugin: Plugin) -> None:
    code = f"import sys, {plugin.module}; sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=_environment())
    if done.returncode:
        raise broken(f"plugin {plugin.name}", "contents that import no torch", done.stderr.strip()[-200:] or "torch imported")
    if said := plugin.printed or done.stdout.strip():
        raise broken(f"plugin {plugin.name}", "to print nothing when it is read", said)


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def _recipe_checks(owner: Plugin, installed: Catalog) -> Iterator[Check]:
    for path in installed.recipes.of(owner):
        for variant in variants_of(path):
            fits = partial(_fits_a_track, path, variant, installed)
            yield Check(f"recipe {path.stem}/{variant}", "names parts that are installed, and runs on a track", fits)


def _fits_a_track(path: Path, variant: str, installed: Catalog) -> None:
    refusals = []
    for track in _tracks(installed):
        try:
            recipe = load_recipe(path, size=track.scale, variant=variant)
            check_recipe(installed, recipe)
            return check_mix(recipe, track, installed)
        except ZooError as refusal:
            refusals.append(refusal)
    raise refusals[0]


def _tracks(installed: Catalog) -> Sequence[Track]:
    return [load_track(installed.tracks[name]) for name in installed.tracks.usable()]


def _track_checks(owner: Plugin, installed: Catalog) -> Iterator[Check]:
    for path in installed.tracks.of(owner):
        serves = partial(serves_a_recipe, path, installed)
        yield Check(f"track {path.stem}", "names parts and a protocol that there are, and a recipe runs on it", serves)


def serves_a_recipe(path: Path, installed: Catalog) -> None:
    """ZooError for a track file that names what nobody offers, misspells an option, or that no installed recipe can run on."""
    track = load_track(path)
    protocol(track.protocol)
    named: list[tuple[Kind, Part | None]] = [("dataset", track.dataset), ("judge", track.judge), *track.nets().items()]
    for kind, part in named:
        if part:
            check_options(installed, kind, part)
    refusals = []
    for name in installed.recipes.usable():
        try:
            return check_mix(load_recipe(installed.recipes[name], size=track.scale), track, installed)
        except ZooError as refusal:
            refusals.append(refusal)
    raise refusals[0]
