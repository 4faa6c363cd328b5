"""Where photos are stored: in files below a folder, or in an lmdb."""

import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from PIL import Image

from zoo.errors import ZooError
from zoo.photos import open_photo, photo_size
from zoo_datasets.names import PHOTOS, any_case


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
    found = {p for pattern in patterns for p in root.glob(any_case(pattern)) if is_photo(p)}
    if not found:
        fix = 'mend `root` or `images`, "photos/*.jpg" for instance, "**/*.jpg" with sub-folders'
        raise ZooError(f"no photo matches {' or '.join(map(repr, patterns))}", where=where, fix=fix)
    return Files(root, [*found])


def is_photo(path: Path) -> bool:
    """Whether a file is one by its name."""
    return path.suffix.lower() in PHOTOS and not path.name.startswith(".") and path.is_file()


class Some:
    """Some of stored photos, the others left aside."""

    def __init__(self, pictures: Pictures, kept: Sequence[int]) -> None:
        self.pictures, self.kept = pictures, kept
        self.names = [pictures.names[i] for i in kept]

    def size(self, i: int) -> tuple[int, int]:
        return self.pictures.size(self.kept[i])

    def open(self, i: int) -> Image.Image:
        return self.pictures.open(self.kept[i])

    def content(self, i: int) -> bytes:
        return self.pictures.content(self.kept[i])

    def where(self, i: int) -> str:
        return self.pictures.where(self.kept[i])


class Lmdb:
    """Photos in an lmdb, by the keys that end like photos."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with _lmdb(folder) as module:
            self.store = module.open(str(folder), readonly=True, lock=False, readahead=False, max_readers=64)
            with self.store.begin() as reading:
                keys = [bytes(key) for key, _ in reading.cursor()]
        named = ((key.decode("utf-8", "replace"), key) for key in keys)
        self.keys = {name: key for name, key in sorted(named) if Path(name).suffix.lower() in PHOTOS}
        self.names = [*self.keys]

    def size(self, i: int) -> tuple[int, int]:
        return photo_size(Path(self.names[i]), self.content(i))

    def open(self, i: int) -> Image.Image:
        return open_photo(Path(self.names[i]), self.content(i))

    def content(self, i: int) -> bytes:
        with self.store.begin() as reading:
            return bytes(reading.get(self.keys[self.names[i]]))

    def where(self, i: int) -> str:
        return f"{self.folder}: {self.names[i]}"


@contextmanager
def _lmdb(folder: Path) -> Iterator[Any]:
    try:
        import lmdb
    except ImportError as error:
        what = f"{folder.name} is an lmdb, and the package that reads it is not installed"
        raise ZooError(what, where=str(folder), fix="pip install 'posezoo[lmdb]', or unpack it into files") from error
    try:
        yield lmdb
    except lmdb.Error as error:
        raise ZooError(f"{folder.name} is no readable lmdb: {error}", where=str(folder), fix="copy it again") from error


def stored(root: Path, folders: Sequence[Path], where: str) -> Pictures:
    """The photos in folders below `root`, or in the one of them that is an lmdb; ZooError when there are none."""
    if len(folders) == 1 and (folders[0] / "data.mdb").is_file():
        return Lmdb(folders[0])
    missing = next((folder for folder in folders if not folder.is_dir()), None)
    found = [path for folder in folders for path in folder.rglob("*") if is_photo(path)]
    if missing or not found:
        what = f"there is no folder {missing}" if missing else f"there is no photo in {' or '.join(map(str, folders))}"
        raise ZooError(what, where=where, fix='say where they are: images = "img_highres", for instance')
    return Files(root, found)
