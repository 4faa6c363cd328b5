"""Records as files: one a run, in folders where anybody may have put anything. Reading imports no torch."""

import warnings
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from zoo.documents.files import write_atomically
from zoo.errors import ZooError
from zoo.results.pairs import pairs_name
from zoo.results.record import CLOCKS_DIFFER, Record, by_age
from zoo.results.sealed import read, read_all


def write_record(record: Record, folder: Path, pairs: bytes | None = None) -> Path:
    """Write the record under its own name and return the path; a file of that name with other content is refused.

    `pairs` is the file of the pairs' scores, whose sha256 the record holds; it is there before the record is.
    """
    path = folder / record.file_name
    if pairs is not None:
        write_atomically(folder / pairs_name(record), pairs)
    if not path.exists():
        write_atomically(path, record.encoded())
    elif not _holds(path, record):
        raise ZooError(
            f"{path.name} exists with other content", where=str(folder), fix="a record was altered: restore or remove it"
        )
    return path


def _holds(path: Path, record: Record) -> bool:
    try:
        return read_record(path) == record
    except ZooError:
        return False


def read_record(path: Path) -> Record:
    """Read the record of a run; ZooError as of `zoo.results.sealed.read`."""
    return read(Record, path)


def read_records(folders: Iterable[Path], report: Callable[[str], object] = warnings.warn) -> list[Record]:
    """All records of runs in the folders, oldest first, each once.

    What is no valid record is reported and left out, records of other kinds silently; a date that is still to come is reported
    and not believed.
    """
    now = datetime.now(UTC)
    found = read_all(Record, folders, report)
    for record in found:
        if record.created > now + CLOCKS_DIFFER:
            name, date = record.file_name, f"{record.created:%Y-%m-%d}"
            report(f"{name} says it was made on {date}, which is to come: it counts as the oldest run")
    return by_age(found, now)
