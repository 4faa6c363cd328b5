"""`zoo.show`: a component's options and documentation, a resolved recipe with the cost of its parts, a track, a protocol."""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from zoo.api.asking import listed
from zoo.api.protocols import described, protocols
from zoo.documents.names import FULL
from zoo.errors import ZooError, unknown
from zoo.hookspecs import Component
from zoo.recipes.catalog import Catalog, Shelf, catalog, import_component
from zoo.recipes.plugins import Plugin
from zoo.recipes.request import Request, resolve
from zoo.recipes.track import DEFAULT_TRACK, load_track
from zoo.scoring.protocols import MACS
from zoo.store.registry import aliases_of, find_alias, registry

About = dict[str, Any]


def describe(
    name: str | Path,
    *,
    variant: str = FULL,
    track: str | Path = DEFAULT_TRACK,
    size: str = "",
    changes: str | Iterable[str] | Mapping[str, object] = (),
) -> About | list[About]:
    """What a part, a recipe, a track or a protocol is made of, as plain values; a list where several parts share a name.

    A part: its options and documentation. A recipe, by its name or a .toml file: as it runs on the track, with parameters and
    multiply-adds per part. A protocol: its metrics and their definitions. ZooError for what nobody offers.
    """
    return find(str(name), variant=variant, track=str(track), size=size, changes=changes)[1]


def find(name: str, **settings: Any) -> tuple[str, Any]:
    """The kind of what is called so, part, recipe, track or protocol, and what is to be said of it."""
    installed = catalog()
    request = Request(name, **{**settings, "changes": listed(settings.get("changes"))})
    components = [shelf.owner(name) for shelf in installed.components.values() if name in shelf.items]
    if name.endswith(".toml") or name in installed.recipes.items or aliases_of(name):
        return "recipe", _recipe(request)
    _refuse_settings(request)
    if components:
        about = [describe_component(plugin, component) for plugin, component in components]
        return "part", about[0] if len(about) == 1 else about
    if name in installed.tracks.items:
        return "track", load_track(installed.tracks[name]).model_dump(mode="json")
    if name in protocols():
        return "protocol", described(name)
    raise unknown("name", name, _names(installed), where="zoo show NAME")


def _refuse_settings(request: Request) -> None:
    settings = {
        "--variant": request.variant != FULL, "--track": request.track != DEFAULT_TRACK, "--size": request.size,
        "--set": request.changes,
    }  # fmt: skip
    for option, given in settings.items():
        if given:
            raise ZooError(f"{option} is about a recipe", where=f"zoo show {request.recipe}", fix="leave it out", exit_code=2)


def _names(installed: Catalog) -> list[str]:
    shelves: list[Shelf[Any]] = [*installed.components.values(), installed.recipes, installed.tracks]
    aliases = [alias.name for alias in registry().aliases]
    return [*(name for shelf in shelves for name in shelf.items), *aliases, *protocols()]


def describe_component(plugin: Plugin, component: Component) -> dict[str, Any]:
    """Everything `zoo show` says of a component. Imports it."""
    factory = import_component(component)
    return {
        "name": component.name, "kind": component.kind, "plugin": plugin.name,
        "summary": component.summary, "paper": component.paper,
        "needs": sorted(component.needs), "gives": sorted(component.gives), "judges": sorted(component.judges),
        "needs_with": {choice: sorted(facts) for choice, facts in component.needs_with.items()},
        "at_work": sorted(component.at_work),
        "wraps": component.wraps, "networks": [*component.networks], "licence": component.licence, "target": component.target,
        "options": list(_options(component, factory)), "doc": inspect.getdoc(factory) or "",
    }  # fmt: skip


def _options(component: Component, factory: Callable[..., Any]) -> Iterator[dict[str, Any]]:
    from zoo.recipes.options import described, option_fields, options_model

    for name, field in option_fields(options_model(component, factory)).items():
        about = described(field)
        yield {
            "name": name,
            "type": inspect.formatannotation(field.annotation),
            "required": field.is_required(),
            "default": None if field.is_required() else field.default,
            "about": about.text if about else "",
            "source": about.source if about else "",
        }


def _recipe(request: Request) -> About:
    """A recipe as it runs on a track. Builds it."""
    from zoo.model import build_context, build_model
    from zoo.recipes.options import set_options
    from zoo.scoring.profile import profile

    recipe, track = resolve(request, catalog())
    context, parts = build_context(recipe, track, catalog()), recipe.parts()
    model = build_model(
        recipe.model_copy(update={"remap": None}), context, recipe.regions, catalog()
    )  # the data need not be here
    costs: dict[str, dict[str, Any]] = {
        part: {"component": parts[part].use, "parameters": cost.parameters, "macs": cost.macs}  # type: ignore[index]
        for part, cost in profile(model, track.size, recipe.photos).items()
    }
    total = {key: sum(c[key] for c in costs.values()) for key in ("parameters", "macs")}
    options: list[dict[str, Any]] = [
        {"option": key, "value": value, "source": about.source if about else "", "about": about.text if about else ""}
        for key, value, about in set_options(recipe, catalog())
    ]
    alias = find_alias(request.recipe, track.name)
    return {
        "name": recipe.name, "variant": recipe.variant, "track": track.name, "digest": recipe.digest(), "macs_protocol": MACS,
        **total, "parts": costs, "options": options, "recipe": recipe.model_dump(mode="json"),
        "alias": alias.model_dump(mode="json") if alias else None,
    }  # fmt: skip
