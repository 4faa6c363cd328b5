"""Files of joints, recognised by what they hold, whatever they are called."""

import json
import unicodedata
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from zoo.documents.reading import read_start
from zoo.errors import ZooError
from zoo.photos.arrays import read_array
from zoo.photos.images import FORMATS, decode
from zoo.photos.joints_arrays import densepose, read_joint_array
from zoo.photos.joints_json import entries
from zoo.photos.joints_text import annotation_rows, candidates, is_table, read_text, table
from zoo.photos.sightings import MALFORMED, Detections, Picture, Seen, Skeleton, StrangeError, not_understood

__all__ = ["Skeleton", "read_picture", "read_pictures", "read_rows", "spelling"]
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"RIFF")
_PICKLES = (b"\x80", b"PK\x03\x04")  # as of Python and of NumPy's and PyTorch's archives


def read_picture(path: Path, name: str | None = None) -> Picture:
    """The picture that a file of joints tells of, or of several the one called `name`; its people are in the 18-joint order.

    ZooError when the file cannot be understood, tells of several pictures and no name is given, or does not know the name.
    """
    known = read_pictures(path)
    return _picked(known, name, path) if known else Picture("", lambda: Detections([]))


def read_pictures(path: Path) -> list[Picture]:
    """The pictures that a file of joints tells of; their people are read when they are asked for.

    ZooError, then or now, when the file cannot be understood.
    """
    start = read_start(path, 6)
    if start.startswith(_PICTURES):
        raise not_understood(path, f"a picture{densepose(np.array(decode(path, FORMATS)))}")
    if start.startswith(_PICKLES):
        raise not_understood(path, "a pickle or an archive, which a program has to open")
    if start == b"\x93NUMPY":
        return [_picture(path, "", lambda: read_joint_array(read_array(path, "joints")))]
    if path.name.endswith("_candidate.txt"):
        return [_picture(path, "", lambda: _people(candidates(path)))]
    text = read_text(path)
    if path.suffix.lower() == ".json" or text.lstrip().startswith(("{", "[")):
        return _of_document(text, path)
    if is_table(text):
        return [_picture(path, "", lambda: _people([table(text)]))]
    return [_picture(path, row.name, partial(_people, [row.points])) for row in annotation_rows(text, path)]


def read_rows(path: Path) -> Iterator[tuple[str, Skeleton]]:
    """Every row of a PATN annotation file: the image's name as it is written, and its joints, missing ones not visible."""
    for row in annotation_rows(read_text(path), path):
        yield row.name, _picture(path, row.name, partial(_people, [row.points])).read().people[0].skeleton()


def spelling(name: str) -> str:
    """The image name of a row or a file: no folders, and `fashion` where a list says `fasion`."""
    return PurePosixPath(name.strip().replace("\\", "/")).name.replace("fasion", "fashion", 1)


def _people(rows: list[Any]) -> Detections:
    return Detections([Seen.of(person) for person in rows])


def _picture(path: Path, name: str, read: Callable[[], Detections], found: str = "") -> Picture:
    """A picture whose reading ends in a ZooError that says what was found, where it cannot be understood."""

    def understood() -> Detections:
        try:
            return read()
        except MALFORMED as error:
            what = str(error) if isinstance(error, StrangeError) else ""
            raise not_understood(path, " with ".join(filter(None, (found, what))) or "no numbers") from error

    return Picture(name, understood)


def _of_document(text: str, path: Path) -> list[Picture]:
    try:
        document = json.loads(text)
    except MALFORMED as error:
        raise not_understood(path, f"no JSON: {error}"[:200]) from error
    found = described(document)
    try:
        return [_picture(path, _text(entry.name), entry.detections, found) for entry in entries(document)]
    except MALFORMED as error:
        raise not_understood(path, found) from error


def _text(name: object) -> str:
    if isinstance(name, str):
        return name
    raise StrangeError(f"a picture called {str(name)[:40]}")


def described(document: Any, depth: int = 3) -> str:
    """What a JSON document is, in words: `a list of 2, each an object with the keys box, name`."""
    match document:
        case {**named} if named:
            more = " ..." if len(named) > 8 else ""
            return f"an object with the keys {', '.join(str(key)[:24] for key in [*named][:8])}{more}"
        case [first, *_] if depth:
            return f"a list of {len(document)}, each {described(first, depth - 1)}"
        case {} | []:
            return f"an empty {'object' if isinstance(document, dict) else 'list'}"
    return {list: "a list", str: "a text", type(None): "null"}.get(type(document), "a number")


def _picked(known: list[Picture], name: str | None, path: Path) -> Picture:
    """The picture called `name`: as it is written, else the only one so called but for case, suffix or leading zeros."""
    if len(known) == 1 and (name is None or not known[0].name or known[0].name.isdigit()):
        return known[0]
    if name is None:
        what, examples = f"{path.name} tells of {len(known)} pictures", [picture.name for picture in known[:3]]
    else:
        exactly = [picture for picture in known if spelling(picture.name) == spelling(name)]
        alike = exactly[-1:] or [picture for picture in known if _loose(picture.name) == _loose(name)]
        if len(alike) == 1:
            return alike[0]
        names = {_loose(picture.name): spelling(picture.name) for picture in known}
        examples = [names[close] for close in get_close_matches(_loose(name), names, 1, cutoff=0.5) or [*names][:3]]
        what = f"{path.name} tells of {len(known)} pictures and {'several' if alike else 'none'} called {name!r}"
    fix = f"name the picture that is meant, {' or '.join(examples)} for instance"
    raise ZooError(what, where=str(path), fix=fix, exit_code=2)


def _loose(name: str) -> str:
    stem = PurePosixPath(unicodedata.normalize("NFC", spelling(name)).casefold()).stem
    return stem.lstrip("0") if stem.isdigit() else stem
