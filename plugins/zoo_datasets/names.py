"""Names of photos as folders, lists and people spell them, and who is in a photo by its name."""

import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from zoo.errors import ZooError

PHOTOS = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
SUFFIXES = (*PHOTOS, ".npy", ".json")
PHOTO, FOLDER = "photo", "folder"


def spelt(name: str) -> str:
    """A name as it is compared: composed (NFC), `/` between folders, no suffix, no case, `fashion` for the field's `fasion`."""
    name = unicodedata.normalize("NFC", name.strip()).replace("\\", "/").casefold().replace("fasion", "fashion")
    stem, _, suffix = name.rpartition(".")
    return stem if stem and f".{suffix}" in SUFFIXES else name


class Names:
    """Finds files by names that others gave them: one of the two spellings must be the end of the other.

    A list may say `C:\\data\\a\\1.png` or just `1.jpg` of the photo `a/1.jpg`; `b/1.jpg` is another one.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self.whole: dict[str, int] = {}
        self.ends: dict[str, list[int]] = defaultdict(list)
        for i, name in enumerate(names):
            for end in _ends(spelt(name)):
                self.ends[end].append(i)
            first = self.whole.setdefault(spelt(name), i)
            if first != i:
                raise ZooError(
                    f"two files go by one name: {names[first]} and {name}",
                    where="names are compared without case and suffix",
                    fix="rename one of them, or narrow `images`",
                )

    def find(self, name: str, where: str = "") -> int | None:
        """The index of the file meant by `name`, or None; ZooError when it may be several."""
        query = spelt(name)
        if query in self.whole:
            return self.whole[query]
        found = self.ends.get(query) or [self.whole[end] for end in _ends(query) if end in self.whole][:1]
        if len(found) > 1:
            meant = " or ".join(self.names[i] for i in found[:3])
            raise ZooError(f"{name!r} may be {meant}", where=where, fix="write its folder too")
        return found[0] if found else None


def _ends(spelling: str) -> Iterator[str]:
    """`a/b/1`, `b/1`, `1`."""
    folders = spelling.split("/")
    return ("/".join(folders[i:]) for i in range(len(folders)))


def who(person: str, root: Path) -> Callable[[str], str]:
    """A function from a photo's name, relative to `root`, to the name of the person it shows. Case tells nobody apart.

    `person` is "photo" (every photo shows somebody else), "folder" (people are the folders that photos lie in), a pattern of
    the name such as "{person}_*" (of the whole path if it holds a `/`), or a csv with the columns `image` and `person`.
    """
    if person == PHOTO:
        return spelt
    if person == FOLDER:
        return lambda name: spelt(name).rpartition("/")[0]
    if person.endswith(".csv"):
        return _by_column(root / person)
    if person.count("{person}") != 1:
        raise ZooError(
            f"person = {person!r} does not say who is who",
            where="dataset datasets.folder",
            fix='say "{person}_*", "folder", "photo", or name a csv with the columns image and person',
            exit_code=2,
        )
    return _by_pattern(person)


def _by_pattern(pattern: str) -> Callable[[str], str]:
    pieces = re.split(r"(\{person\}|\*)", spelt(pattern))
    wild = {"{person}": "(?P<person>.+?)", "*": ".*"}
    form = re.compile("".join(wild.get(piece, re.escape(piece)) for piece in pieces))

    def read(name: str) -> str:
        spelling = spelt(name)
        found = form.fullmatch(spelling if "/" in pattern else spelling.rpartition("/")[2])
        if found is None:
            fix = 'mend the pattern or `images`; person = "photo" takes every photo for somebody else'
            raise ZooError(f"{name} does not look like person = {pattern!r}", where="dataset datasets.folder", fix=fix)
        return found["person"]

    return read


def _by_column(path: Path) -> Callable[[str], str]:
    rows = read_csv(path)
    if not rows or {"image", "person"} - rows[0].keys():
        raise ZooError(f"{path.name} lacks the columns image and person", where=str(path), fix="name them in its first line")
    known = Names([row["image"] for row in rows])

    def read(name: str) -> str:
        found = known.find(name, str(path))
        if found is None:
            raise ZooError(f"{path.name} does not say who is in {name}", where=str(path), fix="add its row")
        return rows[found]["person"].strip().casefold()

    return read


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a csv by the names of its columns, quotes read as csv has them."""
    return list(csv.DictReader(read_text(path).splitlines(), skipinitialspace=True))


def read_text(path: Path) -> str:
    """A text file in UTF-8, or a ZooError."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:  # no UTF-8, or a path with a zero byte
        raise ZooError(f"cannot read {path.name}: {error}", where=str(path), fix="give a text file in UTF-8") from error


def any_case(pattern: str) -> str:
    """A pattern of files in which a letter stands for both its cases."""
    return re.sub(r"\[[^]]*\]|[^\W\d_]", lambda m: m[0] if len(m[0]) > 1 else f"[{m[0].lower()}{m[0].upper()}]", pattern)
