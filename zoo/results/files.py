"""Records as files: one a run, in folders where anybody may have put anything. Reading imports no torch."""

import json
import warnings
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from zoo.documents.files import write_atomically
from zoo.documents.misfits import explained
from zoo.documents.reading import read_bounded
from zoo.errors import ZooError
from zoo.results.pairs import pairs_name
from zoo.results.record import CLOCKS_DIFFER, Record, by_age
from zoo.results.scores import KIND as SCORE
from zoo.results.sealed import OtherKindError
from zoo.results.speed import KIND as SPEED

LARGEST = 1 << 20  # bytes of one record; those of the zoo take 7,000
OTHERS = {SCORE: "scores of pictures", SPEED: "a measurement of speed"}  # what a record may be besides that of a run
_SHOWN = 200  # characters of what is wrong


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
    """Read one record; ZooError when it does not parse, does not fit the schema, or was altered after it was written."""
    try:
        document = _document(read_bounded(path, LARGEST))
    except (ValueError, RecursionError) as error:
        raise _unreadable(path, str(error)) from error
    if (kind := document.get("kind")) in OTHERS:
        raise OtherKindError(f"{path.name} holds {OTHERS[kind]}, not a run", where=str(path), fix="name the record of a run")
    try:
        return Record.model_validate(document)
    except ValidationError as error:
        raise _unreadable(path, explained(error, Record, document)[0]) from error
    except RecursionError as error:
        raise _unreadable(path, str(error)) from error


def _document(content: bytes) -> dict[str, Any]:
    """The JSON table in a file; ValueError when it holds none, or text that is not Unicode: half a surrogate pair, say."""
    document = json.loads(content.decode())
    if not isinstance(document, dict):
        raise ValueError("it holds no table")
    if b"\\u" in content:  # an escape may spell half a pair
        json.dumps(document, ensure_ascii=False).encode()
    return document


def read_records(folders: Iterable[Path], report: Callable[[str], object] = warnings.warn) -> list[Record]:
    """All records of the folders, oldest first, each once.

    What is no valid record is reported and left out, records of scores of pictures silently; a date that is still to come is
    reported and not believed.
    """
    found: dict[str, Record] = {}
    now = datetime.now(UTC)
    for path in sorted(p for folder in folders for p in folder.glob("*.json")):
        try:
            record = read_record(path)
        except OtherKindError:
            continue
        except ZooError as error:
            report(str(error))
            continue
        if record.created > now + CLOCKS_DIFFER:
            report(f"{path.name} says it was made on {record.created:%Y-%m-%d}, which is to come: it counts as the oldest run")
        found.setdefault(record.id, record)
    return by_age(found.values(), now)


def _unreadable(path: Path, why: str) -> ZooError:
    return ZooError(
        f"{path.name} is not a valid record: {why[:_SHOWN]}",
        where=str(path.parent),
        fix="restore it, or remove it and run again",
    )
