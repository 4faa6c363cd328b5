"""What long work tells on standard error: a bar on a terminal, a line now and then otherwise; in one process of several."""

import time
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self, TypeVar

from zoo.documents.voice import leads, tell

T = TypeVar("T")

SPEAK_EVERY = 30.0  # seconds, where there is no terminal


class Ticker:
    """Tells how far `what` has come: `done` of `total` at first.

    with Ticker("scoring", 1000) as ticker:
        ticker.at(16)
    """

    def __init__(self, what: str, total: int, done: int = 0) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        self.what, self.total, self._first = what, total, done
        console = Console(stderr=True)
        self._spoken = not console.is_terminal
        columns = (
            TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(),
            TimeElapsedColumn(), TimeRemainingColumn(),
        )  # fmt: skip
        self._bar = Progress(*columns, console=console, disable=self._spoken or not leads())
        self._task = self._bar.add_task(what, total=total, completed=done)
        self._began = self._spoke = time.monotonic()

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._bar.stop()

    def at(self, done: int, brief: str = "") -> None:
        """`done` of all is done; `brief` says what of it is remarkable."""
        what = f"{self.what}  {brief}" if brief else self.what
        self._bar.update(self._task, completed=done, description=what)
        now = time.monotonic()
        if self._spoken and now - self._spoke > SPEAK_EVERY:
            self._spoke = now
            left = (self.total - done) / self.speed(done) / 60
            tell(f"{what}  {done}/{self.total}  {left:.0f} min left")

    def speed(self, done: int) -> float:
        """Steps per second since the start, `done` of all being done."""
        return max(done - self._first, 1e-9) / max(time.monotonic() - self._began, 1e-9)


def ticking(items: Iterable[T], what: str, total: int) -> Iterator[T]:
    """The `total` items, one after the other, telling how many were taken."""
    with Ticker(what, total) as ticker:
        for done, item in enumerate(items, 1):
            yield item
            ticker.at(done)
