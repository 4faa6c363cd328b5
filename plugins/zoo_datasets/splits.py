"""Who is in which photo, which photos are for testing, which pairs are scored: from names and lists."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from zoo.errors import ZooError
from zoo.photos.joints import spelling


def people(names: Sequence[str], indices: Iterable[int]) -> dict[str, list[int]]:
    """The photos of each person: the text before the first `_` of a name tells who."""
    found: dict[str, list[int]] = {}
    for i in indices:
        found.setdefault(names[i].split("_")[0], []).append(i)
    return found


def held_out(person: str, part: float) -> bool:
    """Whether a person is kept for testing: sha256 of the name, read as a number in [0,1), lies below `part`.

    It asks nothing of anybody else, so that a photo more or less moves nobody, and nets trained elsewhere can keep to it.
    """
    return chance(person) < part


def chance(person: str) -> float:
    """A number in [0,1) that is the person's for good."""
    return int.from_bytes(hashlib.sha256(person.encode()).digest()[:8], "big") / 2**64


def share(names: Sequence[str], part: float) -> set[int]:
    """The photos of about a `part` of the people (see `held_out`), of one person at least and never of all."""
    found = people(names, range(len(names)))
    order = sorted(found, key=chance)
    count = sum(held_out(name, part) for name in order)
    if 0 < part < 1 < len(order):
        count = min(max(count, 1), len(order) - 1)
    return {i for name in order[:count] for i in found[name]}


def listed(names: Sequence[str], path: Path) -> set[int]:
    """The photos a list names, one per line."""
    known = _known(names)
    return {_index(known, line, path) for line in _lines(path)}


def listed_pairs(names: Sequence[str], path: Path) -> list[tuple[int, int]]:
    """The pairs of a csv `from,to`, in its order."""
    known = _known(names)
    rows = [line.split(",") for line in _lines(path) if line.replace(" ", "") != "from,to"]
    if any(len(row) != 2 for row in rows):
        raise ZooError(f"{path.name} is not a list of pairs", where=str(path), fix="write one `from,to` per line")
    return [(_index(known, a, path), _index(known, b, path)) for a, b in rows]


def _known(names: Sequence[str]) -> dict[str, int]:
    return {spelling(name): i for i, name in enumerate(names)}


def _index(known: dict[str, int], name: str, path: Path) -> int:
    if spelling(name) not in known:
        what = f"{path.name} names {name.strip()!r}, which is not among the photos"
        raise ZooError(what, where=str(path), fix="strike it off the list, or mend `images`")
    return known[spelling(name)]


def _lines(path: Path) -> list[str]:
    try:
        return [line for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise ZooError(f"cannot read {path.name}: {error}", where=str(path), fix="give a text file in UTF-8") from error
