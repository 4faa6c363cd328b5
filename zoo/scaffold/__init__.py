"""Writes a new plugin: the files of `template/`, with `myplugin` replaced by the plugin's name."""

import re
from collections.abc import Iterable
from pathlib import Path

from zoo.documents.files import write_atomically
from zoo.errors import ZooError

TEMPLATE = Path(__file__).parent / "template"
PLACEHOLDER = "myplugin"


def write_plugin(name: str, folder: Path, taken: Iterable[str] = ()) -> list[Path]:
    """Write plugin `name` into the new `folder` and return its files; what exists is never touched."""
    _check_name(name, taken)
    if folder.exists():
        raise ZooError(f"{folder} exists", where="zoo plugin new", fix="choose another --out, or move it away", exit_code=2)
    files = {folder / _named(str(path.relative_to(TEMPLATE)), name): path for path in _template()}
    for path, original in files.items():
        write_atomically(path, _named(original.read_text(encoding="utf-8"), name).encode())
    return list(files)


def _template() -> list[Path]:
    return sorted(p for p in TEMPLATE.rglob("*") if p.is_file() and p.suffix != ".pyc")


def _named(text: str, name: str) -> str:
    return text.replace(PLACEHOLDER, name)


def _check_name(name: str, taken: Iterable[str]) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        fix = "use small letters, digits and _, a letter first"
        raise ZooError(f"{name!r} cannot name a plugin", where="zoo plugin new NAME", fix=fix, exit_code=2)
    if name in taken:
        fix = "choose another name: two plugins cannot share one"
        raise ZooError(f"a plugin called {name!r} is installed", where="zoo plugin new NAME", fix=fix, exit_code=2)
