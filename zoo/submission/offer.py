"""A record that somebody hands in, and everything that is wrong with it before it is scored again. Imports no torch."""

from dataclasses import dataclass
from pathlib import Path

from zoo.documents.reading import file_sha256
from zoo.errors import ZooError
from zoo.hub.parcel import packed
from zoo.hub.pulling import pull, unpack
from zoo.results.files import read_record
from zoo.results.folder import record_of
from zoo.results.record import Record
from zoo.submission.sound import problems


@dataclass(frozen=True)
class Offer:
    """A record, the file of its weights, and why it cannot be taken."""

    path: Path
    record: Record
    weights: Path | None  # None where nothing was trained, or they are not here
    wrong: list[str]

    def refused(self, reasons: list[str]) -> ZooError:
        """The refusal, with every reason."""
        fix = "hand in what zoo run has written: a run's folder, or a record with --weights, the file that it scored"
        return ZooError(f"{self.path.name} is refused: {'; '.join(reasons)}", where=str(self.path.parent), fix=fix)


def offer(place: str, weights: Path | None = None) -> Offer:
    """What lies at a record's path, in a run's folder or at an address on the Hub; `weights` may lie elsewhere."""
    if place.startswith("hf:"):
        place = str(unpack(pull(place)))
    path = record_of(Path(place)) if Path(place).is_dir() else Path(place)
    record = read_record(path)
    wrong = problems(record, path.parent)
    try:
        return Offer(path, record, weights_of(record, path, weights), wrong)
    except ZooError as error:
        return Offer(path, record, None, [*wrong, *([error.what] if error.what not in wrong else [])])


def weights_of(record: Record, path: Path, given: Path | None) -> Path | None:
    """The file that the record scored: the one given, that of its run, or that of the registry. ZooError without it."""
    if given is None:
        return packed(path).weights
    if (found := file_sha256(given)) != record.weights.sha256:
        told = str(record.weights.sha256)[:12]
        what = f"{given.name} is not what was scored: sha256 {found[:12]}..., told {told}..."
        raise ZooError(what, where=str(given), fix="name the file that was: --weights")
    return given
