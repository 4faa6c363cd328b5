"""Which code is timed. Imports no torch."""

import hashlib
import subprocess
from importlib.util import find_spec
from pathlib import Path

from zoo.documents.files import assets
from zoo.recipes.catalog import Catalog


def code_digest(catalog: Catalog) -> str:
    """sha256 over the source files of zoo and of every plugin."""
    told = hashlib.sha256()
    packages = sorted({"zoo", *(plugin.module.partition(".")[0] for plugin in catalog.plugins if not plugin.error)})
    for package in packages:
        for path in _files(package):
            told.update(f"{package} {path.name} ".encode() + hashlib.sha256(path.read_bytes()).digest())
    return told.hexdigest()


def _files(package: str) -> list[Path]:
    found = find_spec(package)
    places = found.submodule_search_locations if found else None
    return sorted(path for place in places or () for path in Path(place).rglob("*.py"))


def commit() -> str:
    """The commit of the checkout, `0156a2d` or `0156a2d, changed`; nothing where it is none."""
    told = [_git("rev-parse", "--short=7", "HEAD"), _git("status", "--porcelain", "--", "*.py") and "changed"]
    return ", ".join(filter(None, told))


def _git(*arguments: str) -> str:
    try:
        asked = ["git", "-C", str(assets()), *arguments]
        return subprocess.run(asked, capture_output=True, text=True, timeout=20, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""
