"""Which cells have a record already, in whatever folder it lies, and which have failed. Imports no torch."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from zoo.documents.files import assets, write_atomically
from zoo.documents.names import safe_name
from zoo.documents.reading import read_bounded
from zoo.documents.strict import Strict
from zoo.errors import ZooError
from zoo.recipes.request import RUNS
from zoo.results.files import read_record
from zoo.results.record import Record
from zoo.suites.cells import Key, SuiteCell

COMMITTED = assets() / "benchmarks" / "results"
LOCAL = RUNS / "results"
FAILED = RUNS / "failed"
LARGEST = 1 << 16  # bytes of a failure


class Known:
    """The records of some folders by what they are of; `look` finds those that have come since."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self.folders = list(dict.fromkeys(folders))
        self.records: list[Record] = []
        self._seen: set[Path] = set()
        self._by_key: dict[Key, list[tuple[Path, Record]]] = {}
        self.look()

    def look(self) -> None:
        """Read the records that are new; what is no record is nobody's."""
        for path in sorted(path for folder in self.folders for path in folder.glob("*.json") if path not in self._seen):
            self._seen.add(path)
            try:
                record = read_record(path)
            except ZooError:
                continue
            self.records.append(record)
            self._by_key.setdefault((record.recipe_digest, record.track_digest, record.seed), []).append((path, record))

    def record(self, cell: SuiteCell) -> Record | None:
        """A record of just this recipe, track and seed; of the track's whole budget, unless it is of shipped weights."""
        return found[1] if (found := self._found(cell)) else None

    def files(self, cell: SuiteCell) -> list[Path]:
        """That record, and what lies beside it under its name."""
        return sorted(found[0].parent.glob(f"{found[0].stem}.*")) if (found := self._found(cell)) else []

    def _found(self, cell: SuiteCell) -> tuple[Path, Record] | None:
        told = self._by_key.get(cell.key, [])
        return next(((path, record) for path, record in told if record.on_budget or not cell.request.from_scratch), None)


class Failure(Strict):
    """Why a cell has no record: a file of its own, which the next bench finds."""

    cell: str
    key: tuple[str, str, int]
    command: str
    exit_code: int
    error: str
    created: datetime

    @classmethod
    def of(cls, cell: SuiteCell, command: str, exit_code: int, error: str) -> Self:
        """The failure of a cell, now."""
        now = datetime.now(UTC).replace(microsecond=0)
        return cls(cell=cell.title, key=cell.key, command=command, exit_code=exit_code, error=error, created=now)


def failure_path(cell: SuiteCell) -> Path:
    """Where the failure of a cell is told: beside the records, never among them."""
    return FAILED / f"{safe_name(cell.recipe.name)}--{cell.id}.json"


def read_failure(cell: SuiteCell) -> Failure | None:
    """How the cell failed, if it did; a file that cannot be read says nothing."""
    try:
        return Failure.model_validate(json.loads(read_bounded(failure_path(cell), LARGEST)))
    except (ZooError, ValueError):
        return None


def write_failure(cell: SuiteCell, failure: Failure) -> None:
    """Tell the next bench."""
    write_atomically(failure_path(cell), failure.model_dump_json(indent=1).encode() + b"\n")


def forget_failure(cell: SuiteCell) -> None:
    """It is to be tried again, or has a record."""
    failure_path(cell).unlink(missing_ok=True)
