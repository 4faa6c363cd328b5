"""Writes a new plugin: the files of `template/` that one kind of part needs, with `myplugin` replaced by the plugin's name.

`template/` is a whole plugin with a part of every kind: a module, a test and a `Component` each. What a kind says otherwise in
the recipe stands in `recipes/`, line by line; a kind that a track names brings a track, in `tracks/`.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from zoo.documents.files import write_atomically
from zoo.errors import ZooError
from zoo.hookspecs import Kind
from zoo.scaffold.kinds import WORDS, known_kind
from zoo.scaffold.recipe import laid_over

HERE = Path(__file__).parent
TEMPLATE = HERE / "template"
PLACEHOLDER = "myplugin"
PACKAGE = Path("src/zoo_myplugin")
CONTENTS, RECIPE, TRACK = PACKAGE / "__init__.py", PACKAGE / "recipes/myplugin.toml", PACKAGE / "tracks/myplugin.toml"


def write_plugin(name: str, folder: Path, kind: str = "merge", taken: Iterable[str] = ()) -> list[Path]:
    """Write plugin `name` with a part of `kind` into the new `folder` and return its files; what exists is never touched."""
    _check_name(name, taken)
    if folder.exists():
        raise ZooError(f"{folder} exists", where="zoo plugin new", fix="choose another --out, or move it away", exit_code=2)
    files = {folder / _named(str(path), name): _named(text, name) for path, text in _project(known_kind(kind))}
    for path, text in files.items():
        write_atomically(path, text.encode())
    return sorted(files)


def _project(kind: Kind) -> Iterator[tuple[Path, str]]:
    """The files of a plugin with a part of `kind`, and what stands in them."""
    others, track = WORDS.keys() - {kind}, HERE / "tracks" / f"{kind}.toml"
    for path in sorted(p.relative_to(TEMPLATE) for p in TEMPLATE.rglob("*") if p.is_file() and p.suffix != ".pyc"):
        if path.stem.removeprefix("test_") not in others:
            yield path, _text(path, kind)
    if track.exists():
        yield TRACK, track.read_text(encoding="utf-8")


def _text(path: Path, kind: Kind) -> str:
    text = (TEMPLATE / path).read_text(encoding="utf-8")
    if path == CONTENTS:
        return _with_one_part(text, kind)
    if path == RECIPE:
        return laid_over(text, (HERE / "recipes" / f"{kind}.toml").read_text(encoding="utf-8"))
    if path.name == "README.md":
        return text.format(**_words(kind))
    return text


def _words(kind: Kind) -> dict[str, str]:
    """What the README says of a kind."""
    [part] = [name for which, name, _ in _components((TEMPLATE / CONTENTS).read_text(encoding="utf-8")) if which == kind]
    track = f" --track {PLACEHOLDER}" if (HERE / "tracks" / f"{kind}.toml").exists() else ""
    return {"kind": kind, "words": WORDS[kind], "part": part, "track": track}


def _with_one_part(contents: str, kind: Kind) -> str:
    """A table of contents without the components of other kinds."""
    lines = contents.splitlines(keepends=True)
    for which, _, place in reversed(_components(contents)):
        if which != kind:
            del lines[place]
    return "".join(lines)


def _components(contents: str) -> list[tuple[str, str, slice]]:
    """Kind, name and lines of each `yield Component(kind, name, ...)`, in order."""
    found = []
    for node in ast.walk(ast.parse(contents)):
        if isinstance(node, ast.Yield) and isinstance(node.value, ast.Call):
            kind, name = map(ast.literal_eval, node.value.args[:2])
            found.append((kind, name, slice(node.lineno - 1, node.end_lineno)))
    return found


def _named(text: str, name: str) -> str:
    return text.replace(PLACEHOLDER, name)


def _check_name(name: str, taken: Iterable[str]) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        fix = "use small letters, digits and _, a letter first"
        raise ZooError(f"{name!r} cannot name a plugin", where="zoo plugin new NAME", fix=fix, exit_code=2)
    if name in taken:
        fix = "choose another name: two plugins cannot share one"
        raise ZooError(f"a plugin called {name!r} is installed", where="zoo plugin new NAME", fix=fix, exit_code=2)
