"""What of a run travels, and what each file is called on the Hub. The record vouches for the others by their sha256."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from zoo.documents.reading import file_sha256
from zoo.errors import ZooError
from zoo.results.files import read_record
from zoo.results.folder import record_of, run_of
from zoo.results.pairs import pairs_name, read_pairs
from zoo.results.pictures import Painted, read_painted
from zoo.results.record import Record
from zoo.store.folder import PICTURES, WEIGHTS
from zoo.store.registry import locate, registry

CARD = "README.md"
RECORD = "record.json"
PAIRS = "pairs.npz"
STRIP = "strip.png"
RESULTS = "results"  # the folder of records inside a run's


@dataclass(frozen=True)
class Parcel:
    """A record, and what goes with it."""

    record: Record
    weights: Path | None  # None where nothing was trained
    pairs: Path | None  # the scores of pairs; None of an older record
    painted: Painted | None = None  # test pairs


def packed(place: Path) -> Parcel:
    """The parcel of a run's folder, or of a record's file; ZooError without a record, or without the weights it scored."""
    path = _record_of(place) if place.is_dir() else place
    record = read_record(path)
    folders = [place if place.is_dir() else run_of(path), path.parent.parent]
    pairs = None if read_pairs(record, path.parent) is None else path.parent / pairs_name(record)
    return Parcel(record, _weights_of(record, folders), pairs, _painted(record, folders[0], path))


def _record_of(folder: Path) -> Path:
    try:
        return record_of(folder)
    except ZooError as error:
        weights = folder / WEIGHTS
        scored = f"score it first: zoo run --weights {weights} --out {folder}, with its recipe and track"
        fix = scored if weights.is_file() else error.fix
        raise ZooError(f"nothing is pushed without a record: {error.what}", where=str(folder), fix=fix, exit_code=2) from error


def _weights_of(record: Record, folders: Iterable[Path]) -> Path | None:
    """The weights that a record scored: of its run, or of the registry."""
    wanted = record.weights.sha256
    if wanted is None:
        return None
    for own in (folder / WEIGHTS for folder in folders):
        if own.is_file() and file_sha256(own) == wanted:
            return own
    for entry in registry().weights:
        if entry.sha256 == wanted:
            return locate(entry)
    what = f"the weights that {record.file_name} scored are not here: sha256 {wanted}"
    fix = f"name the folder of the run that holds them as {WEIGHTS}: zoo push RUN"
    raise ZooError(what, where=WEIGHTS, fix=fix, exit_code=2)


def _painted(record: Record, place: Path, path: Path) -> Painted | None:
    """The pictures of this very run, where they lie around."""
    own = place / PICTURES
    if own.is_file() and (painted := Painted.load(own)).record == record.id:
        return painted
    return read_painted([path.parent], report=lambda line: None).get(record.id)
