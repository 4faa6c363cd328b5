"""Writes docs/reference: what `zoo --help`, `zoo list` and `zoo show` say, as pages. `make docs` runs it, a test compares.

python docs/reference.py
"""

import dataclasses
import inspect
import typing
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import typer

import zoo
from zoo.api import PUBLIC
from zoo.api.describing import describe_component
from zoo.api.parts import entries
from zoo.cli import command_line
from zoo.documents.files import write_atomically
from zoo.documents.toml import read_toml
from zoo.hookspecs import KINDS, Kind
from zoo.recipes.catalog import Catalog, catalog
from zoo.scoring.pictures.document import picture_protocol
from zoo.scoring.pictures.shelf import shipped
from zoo.scoring.pictures.wording import of_protocol
from zoo.scoring.protocols import PROTOCOLS

FOLDER = Path(__file__).parent / "reference"
OURS = "posezoo"  # parts of other installed plugins are documented by their authors
MADE = "<!-- written by docs/reference.py: change the code, then `make docs` -->"


def pages(installed: Catalog) -> dict[str, str]:
    """File name -> text of every page."""
    kinds = {f"{kind}.md": _page(kind, _components(installed, kind)) for kind in KINDS}
    return {
        "commands.md": _page("commands", _commands(typer.main.get_command(command_line()), "zoo")),
        "python.md": _page("names of the Python API", _python()),
        "recipes.md": _page("recipes and variants", _recipes(installed)),
        "tracks.md": _page("tracks", _tracks(installed)),
        "protocols.md": _page("protocols", _protocols()),
        **{name: text for name, text in kinds.items() if "\n## " in text},
    }


def _page(title: str, sections: Iterable[str]) -> str:
    return "\n\n".join([f"# {title}", MADE, *sections]) + "\n"


def _commands(group: Any, path: str) -> Iterator[str]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{path} {name}")
            continue
        yield f"## {path} {name}\n\n{inspect.cleandoc(command.help or '')}"
        rows = [_parameter(p) for p in command.params if p.name != "help"]
        if rows:
            yield _table(["parameter", "default", "what it is"], rows)


def _python() -> Iterator[str]:
    for name in PUBLIC:
        found: Any = getattr(zoo, name)
        if not inspect.isclass(found):
            yield f"## zoo.{name}\n\n```\n{_signature(f'zoo.{name}', found)}\n```\n\n{inspect.getdoc(found)}"
            continue
        fields = [field.name for field in dataclasses.fields(typing.cast(Any, found))]
        methods = [
            f"`{_signature(f'.{member}', value) if callable(value) else f'.{member}'}`\n\n{inspect.getdoc(value)}"
            for member, value in vars(found).items()
            if not member.startswith("_") and member not in fields and (callable(value) or isinstance(value, property))
        ]
        yield "\n\n".join(
            [
                f"## zoo.{name}",
                inspect.getdoc(found) or "",
                f"Fields: {', '.join(f'`.{field}`' for field in fields)}.",
                *methods,
            ]
        )


def _signature(name: str, function: Any) -> str:
    """With the arguments that stand in a TypedDict, without types: those are in the code."""
    shown: list[str] = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            told = typing.get_args(parameter.annotation)[0]
            shown += [f"{key}=..." for key in getattr(told, "__annotations__", {})]
        elif parameter.name != "self":
            given = parameter.default is not parameter.empty
            default = repr(parameter.default) if isinstance(parameter.default, str | int | bool | None | tuple) else "..."
            shown.append(f"{parameter.name}={default}" if given else parameter.name)
    return f"{name}({', '.join(shown)})"


def _parameter(parameter: Any) -> list[str]:
    name = ", ".join(parameter.opts) if parameter.opts[0].startswith("-") else parameter.metavar
    default = "required" if parameter.required else "" if parameter.default in (None, False) else str(parameter.default)
    return [f"`{name}`", default, parameter.help or ""]


def _components(installed: Catalog, kind: Kind) -> Iterator[str]:
    for name, plugin, component in entries(installed.components[kind]):
        if plugin.distribution != OURS:
            continue
        about = describe_component(plugin, component)
        facts = [
            f"{word} {', '.join(f'`{fact}`' for fact in about[word])}" for word in ("needs", "gives", "judges") if about[word]
        ]
        facts += [f"licence: {about['licence']}"] if about["licence"] else []
        facts += [f"filled from `{network}`, which `zoo prefetch {network}` brings" for network in about["networks"]]
        paper = [about["paper"]] if about["paper"] else []
        head = f"## {name}\n\n{_sentence(about['summary'])}{' ' * bool(paper)}{'. '.join(paper)}".rstrip()
        yield "\n\n".join(filter(None, [head, "; ".join(facts), f"Class `{about['target']}`.", about["doc"]]))
        if about["options"]:
            rows = [
                [
                    f"`{o['name']}`",
                    _plain(o["type"]),
                    "required" if o["required"] else f"`{o['default']!r}`",
                    o["source"],
                    o["about"],
                ]
                for o in about["options"]
            ]
            yield _table(["option", "type", "default", "asked by", "what it is"], rows)


def _recipes(installed: Catalog) -> Iterator[str]:
    for name, plugin, path in entries(installed.recipes):
        if plugin.distribution == OURS:
            document = read_toml(path)
            sizes = ", ".join(f"`{size}`" for size in document.get("sizes", {}))
            about = [
                f"## {name}",
                document.get("paper", ""),
                _sentence(document.get("summary", "")),
                sizes and f"Sizes: {sizes}.",
            ]
            yield "\n\n".join(filter(None, about))
            rows = [[f"`{v}`", patch.get("summary", "")] for v, patch in document.get("variants", {}).items()]
            if rows:
                yield _table(["variant", "what changes"], rows)


def _tracks(installed: Catalog) -> Iterator[str]:
    rows = [_track(name, read_toml(path)) for name, plugin, path in entries(installed.tracks) if plugin.distribution == OURS]
    yield _table(["track", "H x W", "scale", "data", "protocol", "steps x batch", "what it is"], rows)


def _track(name: str, track: dict[str, Any]) -> list[str]:
    size, budget = "x".join(map(str, track["size"])), track["budget"]
    data, protocol = f"`{track['dataset']['use']}`", f"`{track['protocol']}`"
    spent = f"{budget['steps']} x {budget['batch']}"
    return [f"`{name}`", size, track.get("scale", ""), data, protocol, spent, track.get("summary", "")]


def _protocols() -> Iterator[str]:
    for rules in PROTOCOLS.values():
        yield f"## {rules.name}\n\nVersion {rules.version}, of {rules.summary}. `{rules.primary}` ranks."
        yield _table(["metric", "unit", "what it is"], [[f"`{m.name}`", m.unit, m.description] for m in rules.metrics])
    for document in map(picture_protocol, shipped()):
        yield f"## {document.name}\n\nVersion {document.version}, of pictures on disk. {document.summary}."
        yield f"After {document.source}. sha256 `{document.digest()}`."
        yield _table(["", "what it is"], [[f"`{what}`", words] for what, words in of_protocol(document)])


def _table(head: list[str], rows: Iterable[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _plain(annotation: str) -> str:
    return f"`{annotation.replace('typing.', '')}`"


def main() -> None:
    """Write every page, and remove those of parts that are gone."""
    made = pages(catalog())
    for name, text in made.items():
        write_atomically(FOLDER / name, text.encode())
    for path in FOLDER.glob("*.md"):
        if path.name not in made:
            path.unlink()


if __name__ == "__main__":
    main()
