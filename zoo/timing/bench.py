"""Cells, timed: each in a process of its own, what is to be compared in turns. Imports no torch."""

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from zoo.documents.parent import tied
from zoo.results.hardware import Hardware
from zoo.results.speed import Key, SpeedRecord, Spread
from zoo.suites.engines.local import THREADS
from zoo.timing.cells import SpeedCell

WORKER = (sys.executable, "-m", "zoo.timing.worker")
AGAIN, END = "again", "end"
TOLD = 1000  # characters of an error


@dataclass(frozen=True)
class Setting:
    """Where and how cells are timed."""

    device: str
    threads: int
    hardware: Hardware
    code: str  # the digest of the source files
    commit: str
    torch: str  # its version
    repeats: int = 5
    seconds: float = 60.0  # after which a cell is not repeated again
    limit: float = 600.0  # seconds after which a pass is given up

    def key(self, cell: SpeedCell) -> Key:
        """As the record of `cell` has it."""
        subject, machine = cell.timed.subject, self.hardware
        return (
            cell.what, subject.digest, subject.name, cell.track.name, cell.batch, cell.precision, cell.compiled, self.threads,
            self.code, self.torch, machine.cpu, machine.cores, machine.gpu,
        )  # fmt: skip


@dataclass(frozen=True)
class Measured:
    """What became of a cell: its record, or why there is none."""

    cell: SpeedCell
    record: SpeedRecord | None
    error: str = ""


def groups(cells: Sequence[SpeedCell]) -> list[list[SpeedCell]]:
    """Cells that are timed in turns: all of one kind where a peer is among them, else each alone."""
    found = [list(group) for _, group in groupby(cells, key=lambda cell: cell.beside)]
    return [some for group in found for some in ([group] if _has_peer(group) else [[cell] for cell in group])]


def _has_peer(cells: Iterable[SpeedCell]) -> bool:
    return any(cell.timed.subject.peer for cell in cells)


def measure(cells: Sequence[SpeedCell], setting: Setting, begins: Callable[[SpeedCell], object]) -> list[Measured]:
    """Time cells in turns. All of them are held in memory until the last is done; what fails stops nobody."""
    workers = []
    try:
        for cell in cells:
            begins(cell)
            workers.append(_Worker(cell, setting))
            workers[-1].build()
            workers[-1].begin()
        began = time.monotonic()
        for _ in range(setting.repeats):
            for worker in workers:
                worker.again()
            if time.monotonic() - began > setting.seconds * len(workers):
                break
        return [worker.end() for worker in workers]
    finally:
        for worker in workers:
            worker.close()


@dataclass
class _Worker:
    """The process of a cell. Once it has failed it is asked for nothing."""

    cell: SpeedCell
    setting: Setting
    error: str = ""
    first: float = 0.0
    taken: list[dict[str, float]] = field(default_factory=list)  # of every pass

    def __post_init__(self) -> None:
        self._said = tempfile.TemporaryFile(mode="w+", errors="replace")  # noqa: SIM115 (closed with the worker)
        self._cache = tempfile.TemporaryDirectory()  # of compiled code: a cold start is cold
        environment = dict.fromkeys(THREADS, str(self.setting.threads)) | {"TORCHINDUCTOR_CACHE_DIR": self._cache.name}
        self._process = subprocess.Popen(
            [*WORKER, self.cell.spec(self.setting.device, self.setting.threads)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said, text=True, env={**tied(), **environment},
        )  # fmt: skip

    def build(self) -> None:
        """Wait until it has, before the next process begins."""
        self._heard()

    def begin(self) -> None:
        """The first pass, with everything that is done once."""
        self.first = self._asked(AGAIN).get("first", 0.0)

    def again(self) -> None:
        """One more pass."""
        if told := self._asked(AGAIN):
            self.taken.append(told)

    def end(self) -> Measured:
        """The record, or the error."""
        told = self._asked(END)
        if self.error or not self.taken:
            return Measured(self.cell, None, self.error)
        cell, setting = self.cell, self.setting
        seconds, processor, others = ([one[name] for one in self.taken] for name in ("seconds", "processor", "others"))
        return Measured(cell, SpeedRecord.of({
            **told, "what": cell.what, "subject": cell.timed.subject, "track": cell.track.name, "size": cell.track.size,
            "batch": cell.batch, "precision": cell.precision, "compiled": cell.compiled, "first": self.first,
            "seconds": Spread.of(seconds), "processor": Spread.of(processor), "threads": setting.threads,
            "others": sum(others) / sum(seconds), "code": setting.code, "commit": setting.commit,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
        }))  # fmt: skip

    def close(self) -> None:
        """End it, whatever it is at."""
        self._process.kill()
        self._process.communicate()
        self._said.close()
        self._cache.cleanup()

    def _asked(self, word: str) -> dict[str, Any]:
        if self.error:
            return {}
        with suppress(OSError):  # it has ended: what it said tells why
            print(word, file=self._process.stdin, flush=True)
        return self._heard()

    def _heard(self) -> dict[str, Any]:
        """What it answers; nothing, and its error, where it has ended or takes longer than the limit."""
        assert self._process.stdout is not None, "a pipe"
        began, late = time.monotonic(), threading.Timer(self.setting.limit, self._process.kill)
        late.start()
        line = self._process.stdout.readline()
        late.cancel()
        if line:
            return dict(json.loads(line))
        gone = time.monotonic() - began >= self.setting.limit
        self.error = f"given up after {self.setting.limit:g} s" if gone else self._why()
        return {}

    def _why(self) -> str:
        code = self._process.wait()
        self._said.seek(0)
        return self._said.read().strip()[-TOLD:] or f"its process ended with {code}"
