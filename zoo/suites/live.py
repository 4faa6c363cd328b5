"""A bench as one watches it: a table that moves on a terminal, a line for each beginning and ending otherwise."""

import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from zoo.documents.voice import tell
from zoo.errors import visible
from zoo.suites.engines import Event
from zoo.suites.plan import Schedule

REMEMBERED = 8  # endings that the table shows
LOOK = {"done": "green", "failed": "red", "stopped": "yellow", "again": "yellow"}


@dataclass
class _Line:
    title: str
    text: str
    began: float
    share: float = 0.0
    took: float | None = None


class Watching:
    """Told of every event; shows what is at work, how far it is, and what has ended."""

    def __init__(self, plan: Schedule, rooms: int | None = None) -> None:
        self.plan, self.rooms = plan, rooms
        self.total = len(plan.todo())
        self.working: dict[str, _Line] = {}
        self.ended: list[_Line] = []
        console = Console(stderr=True)
        self._live = Live(console=console, get_renderable=self.shown, refresh_per_second=2) if console.is_terminal else None

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._live:
            self._live.stop()

    def __call__(self, event: Event) -> None:
        """Take note."""
        title, now = event.cell.title, time.monotonic()
        line = self.working.setdefault(event.cell.id, _Line(title, "starting", now))
        if event.what in ("started", "at"):
            line.text, line.share = event.text or line.text, event.share
            spoken = f"{title}: {event.what}" if event.what == "started" else ""
        else:
            self.working.pop(event.cell.id)
            line.took = now - line.began
            line.text = f"{event.what} {event.text.splitlines()[0] if event.text else ''}".strip()
            if event.what != "again":
                self.ended.append(line)
            spoken = f"{title}: {line.text}, after {duration(line.took)} ({len(self.ended)} of {self.total})"
        if spoken and not self._live:
            tell(f"{time.strftime('%H:%M')} {visible(spoken)}")

    def shown(self) -> Group:
        """What the terminal shows."""
        table = Table(box=None, pad_edge=False)
        for name in ("cell", "how far", "for"):
            table.add_column(name, overflow="ellipsis", no_wrap=True)
        for line in self.ended[-REMEMBERED:]:
            table.add_row(line.title, Text(line.text, LOOK.get(line.text.split()[0], "")), duration(line.took or 0))
        for line in self.working.values():
            bar = "█" * int(10 * line.share) + "░" * (10 - int(10 * line.share))
            table.add_row(line.title, f"{bar} {line.text}", duration(time.monotonic() - line.began))
        return Group(Text(f"{self.plan.suite.name}: {self._summary()}"), table)

    def _summary(self) -> str:
        left = self.total - len(self.ended)
        told = [self.plan.estimates.get(cell.id) for cell in self.plan.todo()]
        seconds = sum(found.seconds for found in told if found)
        about = f", about {duration(seconds / self.rooms)}" if self.rooms and seconds and all(told) else ""
        return f"{len(self.ended)} ended, {len(self.working)} at work, {left} to go{about}"


def duration(seconds: float) -> str:
    """`24 min`, `1 h 05 min`, `30 s`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"
