"""A suite, run: what has no record yet is started where there is room, and every ending is written down. Imports no torch."""

import shutil
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from zoo.documents.files import write_atomically
from zoo.errors import ZooError
from zoo.recipes.request import RUNS
from zoo.store.folder import busy
from zoo.suites.cells import SuiteCell
from zoo.suites.engines import Engine, Event, What
from zoo.suites.jobs import BEGUN, Job
from zoo.suites.known import Failure, forget_failure, write_failure
from zoo.suites.plan import Schedule

PAUSE = 0.2  # seconds between two looks
KILLS = 3  # times that a cell may be killed without getting any further
FILES = RUNS  # what cells on other machines leave comes into this folder
Watch = Callable[[Event], None]


@dataclass
class Ended:
    """What a bench has come to: how many cells of its plan ended how."""

    done: list[SuiteCell] = field(default_factory=list)
    failed: list[SuiteCell] = field(default_factory=list)
    left: list[SuiteCell] = field(default_factory=list)  # stopped, or never begun


def run(plan: Schedule, engine: Engine, *, limit_hours: float | None = None, watch: Watch = lambda event: None) -> Ended:
    """Run every cell of the plan that has no record, in its order; `watch` is told of everything that happens.

    A cell that fails stops nobody. After `limit_hours`, or on Ctrl-C, those at work write their checkpoints and end; the same
    bench goes on from there. KeyboardInterrupt is raised again once they have.
    """
    bench = _Running(plan, engine, watch)
    end = time.monotonic() + 3600 * limit_hours if limit_hours is not None else float("inf")
    try:
        bench.until(end)
    except KeyboardInterrupt:
        engine.stop()
        bench.drain()
        raise
    ended = bench.ended()
    if not (ended.left or ended.failed):
        shutil.rmtree(BEGUN, ignore_errors=True)
    return ended


@dataclass
class _Running:
    plan: Schedule
    engine: Engine
    watch: Watch
    how: dict[str, What] = field(default_factory=dict)  # each cell's last word
    waiting: deque[Job] = field(default_factory=deque)
    killed: dict[str, tuple[int, float]] = field(default_factory=dict)  # how often without getting further than where

    def __post_init__(self) -> None:
        self.waiting.extend(self.plan.jobs())
        self.began = self.plan.todo()

    def until(self, end: float) -> None:
        """Start what there is room for until nothing is left, or it is time to end."""
        while self.waiting or self.engine.busy():
            if time.monotonic() > end:
                self.waiting.clear()
                self.engine.stop()
                self.drain()
                return
            while self.engine.room() and (job := self._following()):
                self.engine.start(job)
            self._hear()
            time.sleep(PAUSE)

    def drain(self) -> None:
        """Wait for those at work, who have been asked to end; an impatient Ctrl-C ends them at once."""
        while self.engine.busy():
            try:
                self._hear()
                time.sleep(PAUSE)
            except KeyboardInterrupt:
                self.engine.stop()

    def ended(self) -> Ended:
        """How the cells of the plan have ended."""
        result = Ended()
        for cell in self.began:
            ends = {"done": result.done, "failed": result.failed}
            ends.get(self.how.get(cell.id, ""), result.left).append(cell)
        return result

    def _following(self) -> Job | None:
        """The next job that nobody is at work at, without the cells that another bench has done meanwhile."""
        for job in list(self.waiting):
            if any(busy(cell.folder) for cell in (job.leader, *job.cells)):
                continue
            self.waiting.remove(job)
            self.plan.known.look()
            for cell in job.cells:
                if self.plan.known.record(cell):
                    self._tell(Event(cell, "done", "by another bench"))
            if cells := tuple(cell for cell in job.cells if not self.plan.known.record(cell)):
                return replace(job, cells=cells)
        return None

    def _hear(self) -> None:
        for event in self.engine.events():
            self._tell(event)

    def _tell(self, event: Event) -> None:
        event = self._given_up(self._kept(event))
        if event.what != "at":
            self.how[event.cell.id] = event.what
        if event.what == "done":
            forget_failure(event.cell)
        self.watch(event)
        if event.what == "failed":
            self._after_failure(event)
        elif event.what == "again":
            self.waiting.extend(self._jobs_of(event.cell))

    def _jobs_of(self, cell: SuiteCell) -> list[Job]:
        return [job for job in self.plan.jobs() if cell.training == job.leader.training]

    def _after_failure(self, event: Event) -> None:
        """Without weights those fail, too, that score them; with them they go on."""
        self._write_down(event)
        for job in self._jobs_of(event.cell):
            if job.leader.weights.exists():
                self.waiting.append(job)
                continue
            for cell in job.cells:
                following = replace(event, cell=cell, text=f"{event.cell.title}, which it builds on, has failed: {event.text}")
                self.how[cell.id] = "failed"
                self._write_down(following)
                self.watch(following)

    def _write_down(self, event: Event) -> None:
        failure = Failure.of(event.cell, event.command, event.exit_code, event.text)
        self.plan.failures[event.cell.id] = failure
        with suppress(ZooError):  # a full disk, say: it is told all the same
            write_failure(event.cell, failure)

    def _given_up(self, event: Event) -> Event:
        """A cell that somebody has killed goes on from its checkpoint, unless that leads nowhere."""
        if event.what != "again" or not event.exit_code:
            return event
        times, reached = self.killed.get(event.cell.id, (0, 0.0))
        times = 1 if event.share > reached else times + 1
        self.killed[event.cell.id] = times, max(reached, event.share)
        if times < KILLS:
            return event
        why = f"it was killed {times} times ({event.text}) and got no further: out of memory? Fewer --jobs at once may help"
        return Event(event.cell, "failed", why, event.command, event.exit_code)

    def _kept(self, event: Event) -> Event:
        """The event of an ending that has left what it should: files from elsewhere are put down, the record is there."""
        if event.what != "done":
            return event
        for name, content in event.files.items():
            if not (FILES / name).exists():
                write_atomically(FILES / name, content)
        self.plan.known.look()
        if self.plan.known.record(event.cell):
            return event
        return Event(event.cell, "failed", "the process ended well and left no record", event.command)
