"""`zoo show`: a component's options and documentation, or a resolved recipe with the cost of its parts."""

from collections.abc import Iterable
from typing import Annotated, Any

import typer

from zoo.api.describing import find
from zoo.cli.asking import Changes, Size, Track, Variant
from zoo.cli.output import Json, show, show_json
from zoo.documents.columns import amount, table
from zoo.documents.names import FULL
from zoo.recipes.catalog import catalog
from zoo.recipes.recipe import Recipe
from zoo.recipes.track import DEFAULT_TRACK
from zoo.recipes.writing import recipe_toml
from zoo.scoring.pictures.document import PictureProtocol, picture_protocol
from zoo.scoring.pictures.wording import of_protocol
from zoo.scoring.protocols import PROTOCOLS, Protocol


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
    kind, about = find(name, variant=variant, track=track, size=size, changes=changes)
    if json:
        show_json(about)
    elif kind == "part":
        show("\n\n".join(map(_component_text, about if isinstance(about, list) else [about])))
    elif kind == "recipe":
        show(_recipe_text(about))
    elif kind == "track":
        show(catalog().tracks[name].read_text(encoding="utf-8"))
    else:
        show(_of_rows(PROTOCOLS[name]) if name in PROTOCOLS else _of_pictures(picture_protocol(name)))


def _component_text(about: dict[str, Any]) -> str:
    head = f"{about['kind']} {about['name']}, from plugin {about['plugin']}"
    paper = [f"paper: {about['paper']}"] if about["paper"] else []
    facts = [f"wraps: {about['wraps']}"] if about["wraps"] else []
    facts += [f"{fact}: {', '.join(about[fact])}" for fact in ("needs", "gives", "judges") if about[fact]]
    facts += [f"needs with {choice}: {', '.join(more)}" for choice, more in about["needs_with"].items()]
    facts += [f"any weights fit with: {', '.join(about['at_work'])}"] if about["at_work"] else []
    facts += [f"network of others: {name} (zoo prefetch {name})" for name in about["networks"]]
    facts += [f"licence: {about['licence']}"] if about["licence"] else []
    options = _options_table(about["options"]) if about["options"] else "no options"
    return "\n".join([head, *paper, *facts, "", about["doc"], "", options])


def _options_table(options: Iterable[dict[str, Any]]) -> str:
    def row(option: dict[str, Any]) -> list[str]:
        default = "required" if option["required"] else repr(option["default"])
        return [option["name"], option["type"], default, option["source"], option["about"]]

    return table(["option", "type", "default", "asked by", "what it is"], map(row, options))


def _recipe_text(about: dict[str, Any]) -> str:
    named = f"{about['name']}, variant {about['variant']}, as it runs on {about['track']}"
    head = f"{named}; save this as a .toml file to change it"
    meant = about["alias"]
    why = [f"{meant['name']} on {meant['track']} since {meant['since']}: {meant['why']}"] if meant else []
    total = {key: about[key] for key in ("parameters", "macs")}
    blocks = (head, *why, "", _costs_table(about["parts"], total), "", _settings_table(about["options"]))
    return f"{_comment(*blocks)}\n\n{recipe_toml(Recipe.model_validate(about['recipe']))}"


def _costs_table(costs: dict[str, Any], total: dict[str, int]) -> str:
    everything = {**costs, "in all": {"component": "", **total}}
    rows = [[name, c["component"], amount(c["parameters"]), amount(c["macs"])] for name, c in everything.items()]
    return table(["part", "component", "parameters", "MACs"], rows)


def _settings_table(options: Iterable[dict[str, Any]]) -> str:
    rows = [[o["option"], repr(o["value"]), o["source"], o["about"]] for o in options]
    return table(["option set", "value", "asked by", "what it is"], rows) if rows else "no option is set"


def _comment(*blocks: str) -> str:
    return "\n".join(f"# {line}".rstrip() for block in blocks for line in (block.splitlines() or [""]))


def _of_rows(rules: Protocol) -> str:
    head = f"protocol {rules.name} version {rules.version}: {rules.summary}\n{rules.primary} ranks (zoo run)"
    rows = [[m.name, m.unit, "higher" if m.higher_is_better else "lower", m.description] for m in rules.metrics]
    return f"{head}\n\n{table(['metric', 'unit', 'better', 'what it is'], rows)}"


def _of_pictures(document: PictureProtocol) -> str:
    head = (
        f"protocol {document.name} version {document.version}: {document.summary}\n"
        f"scores pictures on disk (zoo score); after {document.source}\nsha256 {document.digest()}"
    )
    return f"{head}\n\n{table(['', 'what it is'], map(list, of_protocol(document)))}"
