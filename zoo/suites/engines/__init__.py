"""Where jobs run. An engine is a handful of methods; the loop over a suite is the same for all. Imports no torch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from zoo.suites.cells import SuiteCell
from zoo.suites.jobs import Job

What = Literal["started", "at", "done", "failed", "stopped", "again"]


@dataclass(frozen=True)
class Event:
    """Something that happened to a cell."""

    cell: SuiteCell
    what: What
    text: str = ""  # of "at": how far it is; of "failed": the error
    command: str = ""
    exit_code: int = 0  # of "again": 0 where another process is at work there, else this one was killed
    share: float = 0.0  # of "at": how much of the training is done
    files: Mapping[str, bytes] = field(default_factory=dict)  # of "done" on another machine: what belongs into its folders


class Engine(Protocol):
    """Starts jobs and tells what becomes of them."""

    def room(self) -> bool:
        """Whether another job can be started."""
        ...

    def start(self, job: Job) -> None:
        """Begin; returns at once."""
        ...

    def busy(self) -> bool:
        """Whether a job has been started and has not ended."""
        ...

    def events(self) -> list[Event]:
        """What happened since the last call. A job ends when all its cells are done, or with the first that is not."""
        ...

    def stop(self) -> None:
        """Ask every job to end; each leaves a checkpoint. Asked again, end them at once."""
        ...
