"""Jobs on this machine: a process a cell, so many at once as there is room for. Imports no torch."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from zoo.documents.files import KEEP, PHASES, writing
from zoo.documents.parent import tied
from zoo.errors import ZooError
from zoo.recipes.request import RUNS
from zoo.store.folder import AT_WORK, LOG
from zoo.suites.engines import Event, What
from zoo.suites.jobs import BEGUN, Job, steps
from zoo.suites.places import Room

ZOO = (sys.executable, "-m", "zoo")
OUTPUT = "output.txt"  # in the run's folder: what its process said
INTERRUPTED = 130  # the exit code of a run that was asked to stop
TOLD = 2000  # characters of an error
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")  # how many a process takes


def together(processes: int) -> tuple[str, ...]:
    """The program of cells that several processes share."""
    launcher = (sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}")
    return ZOO if processes == 1 else (*launcher, "-m", "zoo")


class Local:
    """Processes of this machine, each with its threads and its device."""

    def __init__(self, rooms: Sequence[Room], program: Sequence[str] = ZOO) -> None:
        """`program` runs a cell: `python -m zoo`, or that under a launcher for several processes a cell."""
        self.free, self.program = list(rooms), tuple(program)
        self.working: list[Worker] = []

    def room(self) -> bool:
        return bool(self.free)

    def start(self, job: Job) -> None:
        self.working.append(Worker(job, self.free.pop(0), self.program))

    def busy(self) -> bool:
        return bool(self.working)

    def events(self) -> list[Event]:
        told = [event for worker in self.working for event in worker.events()]
        for worker in [worker for worker in self.working if worker.ended]:
            self.working.remove(worker)
            self.free.append(worker.room)
        return told

    def stop(self) -> None:
        for worker in self.working:
            worker.stop()


@dataclass
class Worker:
    """One job under way, a step after the other."""

    job: Job
    room: Room
    program: tuple[str, ...]
    ended: bool = False
    stopping: bool = False
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self._steps = steps(self.job, self.room.device)
        self._step = next(self._steps)
        self._told = ""

    def events(self) -> list[Event]:
        """What happened since the last call."""
        return [*self._look()]

    def stop(self) -> None:
        """Ask the process to end, or end it where it has been asked before."""
        if self.process and self.stopping:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        elif self.process:
            self.process.terminate()  # not its group: a launcher hands it on itself
        self.stopping = True

    def _look(self) -> Iterator[Event]:
        if self.process is None:
            if self.stopping:
                yield from self._end("stopped")
                return
            try:
                self._launch()
            except ZooError as error:
                yield from self._end("failed", str(error), error.exit_code)
            else:
                yield self._event("started")
        elif (code := self.process.poll()) is not None:
            self.process = None
            yield from self._after(code)
        else:
            yield from self._progress()

    def _launch(self) -> None:
        folder = self._step.cell.folder
        room = dict.fromkeys(THREADS, str(self.room.threads))
        if self.job.shares:
            room[PHASES] = str(BEGUN)
        if self.room.cards:
            room["CUDA_VISIBLE_DEVICES"] = self.room.cards
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            output = (folder / OUTPUT).open("wb")
        with output:
            self.process = subprocess.Popen(
                [*self.program, *self._step.arguments],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=output,
                env={KEEP: str(RUNS / "kept"), **tied(), **room}, start_new_session=True,
            )  # fmt: skip

    def _after(self, code: int) -> Iterator[Event]:
        """Go on to the next step, or end the job."""
        if code == 0:
            yield from self._next()
        elif self.stopping:
            yield from self._end("stopped")
        elif code < 0 or code == INTERRUPTED:
            yield from self._end("again", _name(code), code)
        elif AT_WORK in (said := self._said()):
            yield from self._end("again", "another process is at work at it")
        else:
            yield from self._end("failed", said, code)

    def _next(self) -> Iterator[Event]:
        if self._step.records:
            yield self._event("done")
        following = next(self._steps, None)
        if following is None:
            self.ended = True
        else:
            self._step = following

    def _progress(self) -> Iterator[Event]:
        cell = self._step.cell
        line = _last_line(cell.folder)
        step, steps = int(line.get("step", 0)), cell.track.budget.steps
        text = f"{line.get('phase', '')} {step}/{steps}" if 0 < step < steps else "scoring" if step else "starting"
        if text != self._told:
            self._told = text
            yield Event(cell, "at", text, share=step / steps)

    def _event(self, what: What) -> Event:
        return Event(self._step.cell, what, command=self._step.command)

    def _end(self, what: What, text: str = "", code: int = 0) -> Iterator[Event]:
        """So the job ends, and what is left of it with it."""
        cell = self._step.cell
        share = _last_line(cell.folder).get("step", 0) / cell.track.budget.steps
        yield Event(cell, what, text, self._step.command, code, share)
        self.ended = True

    def _said(self) -> str:
        """What the process said last: its error, if it told one."""
        with suppress(OSError):
            text = (self._step.cell.folder / OUTPUT).read_text(encoding="utf-8", errors="replace")
            return text[text.rfind("\nerror: ") + 1 :][-TOLD:].strip()
        return ""


def _name(code: int) -> str:
    """Of a signal that ended a process."""
    with suppress(ValueError):
        return signal.Signals(-code).name
    return f"exit code {code}"


def _last_line(folder: Path) -> dict[str, int]:
    """The last whole line of a training's log."""
    with suppress(OSError, ValueError):
        with (folder / LOG).open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 4096))
            *whole, _ = file.read().decode(errors="replace").split("\n")
        found = json.loads(whole[-1]) if whole else {}
        return found if isinstance(found, dict) else {}
    return {}
