"""What of a run travels, and what each file is called on the Hub. The record vouches for the others by their sha256."""

from dataclasses import dataclass
from pathlib import Path

from zoo.documents.reading import file_sha256
from zoo.errors import ZooError
from zoo.recipes.request import RUNS
from zoo.results.files import read_record, read_records
from zoo.results.pairs import pairs_name, read_pairs
from zoo.results.record import Record
from zoo.store.folder import STRIP, WEIGHTS
from zoo.store.registry import locate, registry

CARD = "README.md"
RECORD = "record.json"
PAIRS = "pairs.npz"
RECIPE = "recipe.toml"
TRACK = "track.toml"
RESULTS = "results"  # the folder of records inside a run's


@dataclass(frozen=True)
class Parcel:
    """A record, and where the files that go with it lie."""

    record: Record
    weights: Path | None  # None where nothing was trained
    strip: Path | None = None
    pairs: Path | None = None  # the scores of pairs; None of an older record


def packed(place: Path) -> Parcel:
    """The parcel of a run's folder, or of a record's file; ZooError without a record, or without the weights it scored."""
    if not place.is_dir():
        record = read_record(place)
        return Parcel(record, _weights_of(record, place.parent.parent), pairs=_pairs_of(record, place.parent))
    weights = place / WEIGHTS
    if not weights.is_file():
        what = f"no {WEIGHTS} lies there, so that the folder tells no run of others"
        raise ZooError(what, where=str(place), fix="name the record itself: zoo push RECORD.json", exit_code=2)
    strip = place / STRIP
    record = _record_of(place, file_sha256(weights))
    pairs = _pairs_of(record, place / RESULTS, RUNS / RESULTS)
    return Parcel(record, weights, strip if strip.is_file() else None, pairs)


def _record_of(folder: Path, sha256: str) -> Record:
    """The newest record of these weights, in the run's own folder of records or in that of all runs."""
    found = read_records([folder / RESULTS, RUNS / RESULTS], report=lambda line: None)
    mine = [record for record in found if record.weights.sha256 == sha256]
    if not mine:
        what = f"there is no record of these weights, sha256 {sha256[:12]}..., and nothing is pushed without one"
        fix = f"score them first: zoo run --weights {folder / WEIGHTS} --out {folder}, with their recipe and track"
        raise ZooError(what, where=str(folder), fix=fix, exit_code=2)
    return mine[-1]


def _pairs_of(record: Record, *folders: Path) -> Path | None:
    """The file of the scores of pairs that a record vouches for; ZooError where it is gone or altered."""
    folder = next((place for place in folders if (place / pairs_name(record)).exists()), folders[0])
    return None if read_pairs(record, folder) is None else folder / pairs_name(record)


def _weights_of(record: Record, folder: Path) -> Path | None:
    """The weights that a record scored: of the run it lies in, or of the registry."""
    wanted = record.weights.sha256
    if wanted is None:
        return None
    own = folder / WEIGHTS
    if own.is_file() and file_sha256(own) == wanted:
        return own
    for entry in registry().weights:
        if entry.sha256 == wanted:
            return locate(entry)
    what = f"the weights that {record.file_name} scored are not here: sha256 {wanted}"
    raise ZooError(what, where=str(own), fix="name the folder of the run: zoo push RUN", exit_code=2)
