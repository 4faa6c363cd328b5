"""Which record the folder of a run belongs to, and which run a record. Imports no torch."""

import os
from pathlib import Path

from zoo.documents.files import write_atomically
from zoo.documents.reading import read_bounded
from zoo.errors import ZooError
from zoo.results.files import read_record
from zoo.results.record import Record
from zoo.store.folder import RECORD, REPORT

_LONGEST = 1 << 12  # bytes of a path
_AGAIN = "score the run again with zoo run: a finished training is not repeated with --from-scratch --resume"


def note_record(folder: Path, record: Path) -> None:
    """Write into a run folder where its record lies."""
    write_atomically(folder / RECORD, os.path.relpath(record, folder).encode())


def record_of(folder: Path) -> Path:
    """The record of the run in a folder; ZooError where there is none, or it is gone."""
    try:
        noted = read_bounded(folder / RECORD, _LONGEST).decode()
        path = Path(os.path.normpath(folder / noted))
        if not path.is_file():
            raise ZooError(f"its record {path.name} is gone", where=str(path.parent), fix=_AGAIN)
        return path
    except (ZooError, ValueError, OSError) as error:
        fix = _AGAIN if folder.is_dir() else "name a record, or the folder of a run, as zoo run tells it"
        what = f"no record of a run here: {error.what if isinstance(error, ZooError) else error}"
        raise ZooError(what, where=str(folder), fix=fix, exit_code=2) from error


def run_of(record: Path) -> Path:
    """The folder of the run that left a record: around the folder of records the one that notes it, or else what holds that.

    Runs lie in runs/TRACK/NAME beside runs/results; the results of `zoo run --out DIR` in DIR/results.
    """
    around = record.parent.parent
    notes = (note for depth in ("", "*/", "*/*/") for note in sorted(around.glob(depth + RECORD)))
    return next((note.parent for note in notes if _notes(note, record)), around)


def _notes(note: Path, record: Path) -> bool:
    try:
        return record_of(note.parent).samefile(record)
    except (ZooError, OSError):
        return False


def records_folder(place: Path) -> Path:
    """A folder of records as it is; for the folder of a run the one that its record lies in. ZooError for what is no folder."""
    if place.is_file():
        fix = f"name the folder that it lies in: {place.parent}"
        raise ZooError(f"{place.name} is no folder of records", where=str(place.parent), fix=fix, exit_code=2)
    if not place.is_dir():
        fix = "name the folder of a run or of records; a track is named with --track"
        raise ZooError(f"there is no folder {place.name}", where=str(place.parent.resolve()), fix=fix, exit_code=2)
    return record_of(place).parent if (place / RECORD).is_file() else place


def require_own_record(folder: Path, track_digest: str, recipe_digest: str, seed: int, weights: str | None = None) -> None:
    """ZooError where the record of a run folder is of another run; `weights` are their sha256, where that is known."""
    try:
        theirs = read_record(record_of(folder))
    except ZooError as error:  # nothing that could be lost, but perhaps a page of somebody's own
        if (folder / REPORT).exists():
            gone = f", and {error.what}" if (folder / RECORD).exists() else ""
            raise _occupied(f"a {REPORT} of something else{gone}", folder) from error
        return
    differing = _differing(theirs, track_digest, recipe_digest, seed, weights)
    if differing:
        raise _occupied(f"the scores of a run of another {differing}", folder)


def _differing(theirs: Record, track_digest: str, recipe_digest: str, seed: int, weights: str | None) -> str:
    facts = {
        "recipe": (theirs.recipe_digest, recipe_digest), "seed": (theirs.seed, seed),
        "weights": (theirs.weights.sha256, weights or theirs.weights.sha256), "track": (theirs.track_digest, track_digest),
    }  # fmt: skip
    return next((name for name, (one, other) in facts.items() if one != other), "")


def _occupied(what: str, folder: Path) -> ZooError:
    fix = "choose another --out, or overwrite it with --force"
    return ZooError(f"there is {what} in this folder", where=str(folder), fix=fix, exit_code=2)
