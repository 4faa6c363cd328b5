"""Which output belongs to which target: file names as the field's scripts write them."""

import csv
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from zoo.documents.reading import read_bounded
from zoo.errors import ZooError

ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
BETWEEN = ("___", "_2_", "_to_", "_")  # between a source's name and a target's, the plainest last
_LARGEST = 1 << 26  # bytes of a list of pairs
_SHOWN = 3


@dataclass(frozen=True)
class Couple:
    """An output, the picture it should have been, and the photo it was made from where that is known."""

    name: str  # of the output, as names are compared
    output: Path
    target: Path
    source: Path | None = None
    target_name: str = ""


@dataclass(frozen=True)
class Matched:
    """What was found of what is there."""

    couples: list[Couple]  # in order of name
    outputs: int
    targets: int
    missing: list[str] = field(default_factory=list)  # pairs of the list without an output
    left_out: list[str] = field(default_factory=list)  # outputs without a target, or with several


def spelt(name: str) -> str:
    """A name as names are compared: no folders, ending or `_vis`, one case, NFC, `fashion` where a list says `fasion`."""
    name = unicodedata.normalize("NFC", PurePosixPath(name.strip().replace("\\", "/")).name).casefold()
    for ending in ENDINGS:
        name = name.replace(ending, "")
    return name.removesuffix("_vis").replace("fasion", "fashion")


def pictures(folder: Path, option: str) -> list[Path]:
    """Every picture under a folder; ZooError where there is none."""
    found = sorted(p for p in folder.rglob("*") if p.suffix.lower() in ENDINGS and not p.name.startswith("."))
    if not found:
        raise ZooError(f"no picture lies in {folder}", where=option, fix=f"name a folder of {', '.join(ENDINGS)}", exit_code=2)
    return found


def by_name(paths: Iterable[Path]) -> dict[str, Path]:
    """Pictures by the name that is theirs alone; those that share one are nowhere."""
    paths = list(paths)
    owners = Counter(spelt(path.name) for path in paths)
    return {name: path for path in paths if owners[name := spelt(path.name)] == 1}


def read_pairs(path: Path) -> list[tuple[str, str]]:
    """(source, target) of a csv with the columns `from` and `to`; ZooError for another file."""
    try:
        text = read_bounded(path, _LARGEST).decode("utf-8-sig")
        rows = list(csv.DictReader(text.splitlines(), skipinitialspace=True))
        return [(row["from"].strip(), row["to"].strip()) for row in rows]
    except (csv.Error, UnicodeDecodeError, LookupError, AttributeError) as error:
        what = f"{path.name} is no table of the columns from and to"
        raise ZooError(what, where=str(path), fix="give a csv with the head from,to", exit_code=2) from error


def matched(
    outputs: Iterable[Path],
    targets: Iterable[Path],
    sources: Iterable[Path] = (),
    pairs: Iterable[tuple[str, str]] | None = None,
) -> Matched:
    """Outputs by their names: `SOURCE___TARGET`, `SOURCE_2_TARGET`, `SOURCE_to_TARGET`, `SOURCE_TARGET`, `TARGET`; each with
    or without endings inside and `_vis` behind.

    With `pairs` only outputs of these count, and each pair without one is missing. ZooError when nothing matches.
    """
    made, real, given = by_name(outputs := list(outputs)), by_name(targets := list(targets)), by_name(sources)
    if pairs is None:
        found = {name: _ends(name, real, given) for name in made}
        missing = []
    else:
        asked = {_output_of(s, t, made) or f"{s} -> {t}": (spelt(s), spelt(t)) for s, t in pairs}
        found = {name: ends if ends[1] in real else None for name, ends in asked.items() if name in made}
        missing = [name for name in asked if name not in made]
    couples = [
        Couple(name, made[name], real[ends[1]], given.get(ends[0]), ends[1]) for name, ends in sorted(found.items()) if ends
    ]
    unclear = sorted(path.name for path in outputs if not found.get(spelt(path.name)) or spelt(path.name) not in made)
    if not couples:
        raise _nothing(outputs, targets)
    return Matched(couples, len(outputs), len(targets), missing, unclear)


def strips(outputs: Iterable[Path]) -> Matched:
    """PATN's strips, each of which shows its own target: `SOURCE___TARGET_vis`, or another name of the two."""
    made = by_name(outputs := list(outputs))
    names = {name: next((t for joint in BETWEEN[:1] for _, t in _splits(name, joint)), name) for name in made}
    unclear = sorted(path.name for path in outputs if spelt(path.name) not in made)
    couples = [Couple(name, path, path, target_name=names[name]) for name, path in sorted(made.items())]
    return Matched(couples, len(outputs), len(couples), [], unclear)


def _ends(name: str, targets: Mapping[str, Path], sources: Mapping[str, Path]) -> tuple[str, str] | None:
    """(source, target) that a name tells of, where it tells of one target only; the source is empty if it does not."""
    if name in targets:
        return "", name
    for joint in BETWEEN:
        told = [(s, t) for s, t in _splits(name, joint) if t in targets and (joint != "_" or s in sources or s in targets)]
        if told:
            return told[0] if len(told) == 1 else None
    return None


def _splits(name: str, joint: str) -> Iterator[tuple[str, str]]:
    place = name.find(joint)
    while place >= 0:
        yield name[:place], name[place + len(joint) :]
        place = name.find(joint, place + 1)


def _output_of(source: str, target: str, made: Mapping[str, Path]) -> str | None:
    """The name of the output of a pair; one that names the target alone serves where no other is there."""
    names = [f"{spelt(source)}{joint}{spelt(target)}" for joint in BETWEEN]
    return next((name for name in (*names, spelt(target)) if name in made), None)


def _nothing(outputs: list[Path], targets: list[Path]) -> ZooError:
    shown = [", ".join(path.name for path in paths[:_SHOWN]) for paths in (outputs, targets)]
    return ZooError(
        f"no output belongs to a target: outputs are called {shown[0]}, targets {shown[1]}",
        where="--outputs, --targets",
        fix="call an output as its target, or SOURCE___TARGET",
        exit_code=2,
    )
