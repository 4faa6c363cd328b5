"""`zoo show`: a component's options and documentation, or a resolved recipe with the cost of its parts."""

import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, Any

import typer

from zoo.cli.asking import Changes, Size, Track, Variant
from zoo.cli.output import Json, show, show_json, table
from zoo.cli.protocols import protocols, show_protocol
from zoo.documents.names import FULL
from zoo.errors import ZooError, unknown
from zoo.hookspecs import Component
from zoo.recipes.catalog import Catalog, Shelf, catalog, import_component
from zoo.recipes.plugins import Plugin
from zoo.recipes.request import Request, resolve
from zoo.recipes.track import DEFAULT_TRACK
from zoo.recipes.writing import recipe_toml
from zoo.report.arenas import amount
from zoo.scoring.protocols import MACS
from zoo.store.registry import resolve_alias

NAME = "show"


def command(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A component, a recipe, a track, a protocol, or a recipe's .toml file.")
    ],
    variant: Variant = FULL,
    track: Track = DEFAULT_TRACK,
    size: Size = "",
    changes: Changes = None,
    json: Json = False,
) -> None:
    """Show what a part, a recipe or a protocol is made of.

    A component: its options and documentation. A recipe: as it runs on the track, with parameters and MACs per part. A
    protocol: its metrics and their definitions.
    """
    installed = catalog()
    components = [shelf.owner(name) for shelf in installed.components.values() if name in shelf.items]
    recipe = resolve_alias(name)
    request = Request(recipe, variant, track, changes or [], size=size)
    if recipe.endswith(".toml") or recipe in installed.recipes.items:
        _show_recipe(request, json)
        return
    _refuse_settings(request)
    if components:
        about = [describe_component(plugin, component) for plugin, component in components]
        show_json(about[0] if len(about) == 1 else about) if json else show("\n\n".join(map(_component_text, about)))
    elif name in installed.tracks.items:
        _show_track(name, json)
    elif name in protocols():
        show_protocol(name, json)
    else:
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
    return [*(name for shelf in shelves for name in shelf.items), *protocols()]


def describe_component(plugin: Plugin, component: Component) -> dict[str, Any]:
    """Everything `zoo show` says of a component. Imports it."""
    factory = import_component(component)
    return {
        "name": component.name, "kind": component.kind, "plugin": plugin.name,
        "summary": component.summary, "paper": component.paper,
        "needs": sorted(component.needs), "gives": sorted(component.gives), "judges": sorted(component.judges),
        "needs_with": {choice: sorted(facts) for choice, facts in component.needs_with.items()},
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


def _component_text(about: dict[str, Any]) -> str:
    head = f"{about['kind']} {about['name']}, from plugin {about['plugin']}"
    paper = [f"paper: {about['paper']}"] if about["paper"] else []
    facts = [f"wraps: {about['wraps']}"] if about["wraps"] else []
    facts += [f"{fact}: {', '.join(about[fact])}" for fact in ("needs", "gives", "judges") if about[fact]]
    facts += [f"needs with {choice}: {', '.join(more)}" for choice, more in about["needs_with"].items()]
    facts += [f"network of others: {name} (zoo prefetch {name})" for name in about["networks"]]
    facts += [f"licence: {about['licence']}"] if about["licence"] else []
    options = _options_table(about["options"]) if about["options"] else "no options"
    return "\n".join([head, *paper, *facts, "", about["doc"], "", options])


def _options_table(options: Iterable[dict[str, Any]]) -> str:
    def row(option: dict[str, Any]) -> list[str]:
        default = "required" if option["required"] else repr(option["default"])
        return [option["name"], option["type"], default, option["source"], option["about"]]

    return table(["option", "type", "default", "asked by", "what it is"], map(row, options))


def _show_recipe(request: Request, json: bool) -> None:
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
        for part, cost in profile(model, track.size).items()
    }
    total = {key: sum(c[key] for c in costs.values()) for key in ("parameters", "macs")}
    options: list[dict[str, Any]] = [
        {"option": key, "value": value, "source": about.source if about else "", "about": about.text if about else ""}
        for key, value, about in set_options(recipe, catalog())
    ]
    if json:
        about = {"name": recipe.name, "variant": recipe.variant, "track": track.name, "digest": recipe.digest(),
                 "macs_protocol": MACS}  # fmt: skip
        show_json({**about, **total, "parts": costs, "options": options, "recipe": recipe.model_dump(mode="json")})
    else:
        head = f"{recipe.name}, variant {recipe.variant}, as it runs on {track.name}; save this as a .toml file to change it"
        show(f"{_comment(head, '', _costs_table(costs, total), '', _settings_table(options))}\n\n{recipe_toml(recipe)}")


def _costs_table(costs: dict[str, Any], total: dict[str, int]) -> str:
    everything = {**costs, "in all": {"component": "", **total}}
    rows = [[name, c["component"], amount(c["parameters"]), amount(c["macs"])] for name, c in everything.items()]
    return table(["part", "component", "parameters", "MACs"], rows)


def _settings_table(options: Iterable[dict[str, Any]]) -> str:
    rows = [[o["option"], repr(o["value"]), o["source"], o["about"]] for o in options]
    return table(["option set", "value", "asked by", "what it is"], rows) if rows else "no option is set"


def _comment(*blocks: str) -> str:
    return "\n".join(f"# {line}".rstrip() for block in blocks for line in (block.splitlines() or [""]))


def _show_track(name: str, json: bool) -> None:
    path = catalog().tracks[name]
    if json:
        from zoo.recipes.track import load_track

        show_json(load_track(path).model_dump(mode="json"))
    else:
        show(path.read_text(encoding="utf-8"))
