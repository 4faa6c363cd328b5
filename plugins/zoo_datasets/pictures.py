"""Where photos are stored: files below a folder."""

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from PIL import Image

from zoo.errors import ZooError
from zoo.photos import open_photo, photo_size
from zoo_datasets.names import SUFFIXES


class Pictures(Protocol):
    """Stored photos, by index."""

    names: list[str]  # composed (NFC), with `/` between folders

    def size(self, i: int) -> tuple[int, int]:
        """(H, W), from the header."""

    def open(self, i: int) -> Image.Image:
        """The photo in RGB; ZooError when it cannot be read."""

    def content(self, i: int) -> bytes:
        """What is stored."""

    def where(self, i: int) -> str:
        """Where it is stored, for errors."""


class Files:
    """Photos in files below `root`, in the order of their names."""

    def __init__(self, root: Path, paths: Sequence[Path]) -> None:
        named = sorted((unicodedata.normalize("NFC", p.relative_to(root).as_posix()), p) for p in paths)
        self.names, self.paths = [name for name, _ in named], [path for _, path in named]

    def size(self, i: int) -> tuple[int, int]:
        return photo_size(self.paths[i])

    def open(self, i: int) -> Image.Image:
        return open_photo(self.paths[i])

    def content(self, i: int) -> bytes:
        return self.paths[i].read_bytes()

    def where(self, i: int) -> str:
        return str(self.paths[i])


def matching(root: Path, patterns: Sequence[str], where: str) -> Files:
    """The photos below `root` that match one of the patterns, whatever the case; ZooError when there is none."""
    for pattern in patterns:
        if not pattern.strip("./\0") or pattern.startswith("/") or "\0" in pattern:
            fix = 'say images = "**/*.jpg", for instance'
            raise ZooError(f"{pattern!r} is no pattern of photos below the root", where=where, fix=fix)
    found = {p for pattern in patterns for p in root.glob(_any_case(pattern)) if is_photo(p)}
    if not found:
        fix = 'mend `root` or `images`, "photos/*.jpg" for instance, "**/*.jpg" with sub-folders'
        raise ZooError(f"no photo matches {' or '.join(map(repr, patterns))}", where=where, fix=fix)
    return Files(root, [*found])


def is_photo(path: Path) -> bool:
    """Whether a file is one by its name."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()


def _any_case(pattern: str) -> str:
    """A pattern of files in which a letter stands for both its cases."""
    return re.sub(r"\[[^]]*\]|[^\W\d_]", lambda m: m[0] if len(m[0]) > 1 else f"[{m[0].lower()}{m[0].upper()}]", pattern)
