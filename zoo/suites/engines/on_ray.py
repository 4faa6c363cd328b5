"""Jobs as tasks of a Ray cluster, whose nodes need the same zoo and nothing else: what they make comes back. No torch."""

import os
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from zoo.errors import ZooError
from zoo.recipes.request import RUNS
from zoo.store.folder import CHECKPOINT, busy
from zoo.suites.cells import SuiteCell
from zoo.suites.engines import Event
from zoo.suites.engines.local import ZOO, Worker
from zoo.suites.jobs import Job
from zoo.suites.known import LOCAL, Known
from zoo.suites.places import Room

PAUSE = 0.2  # seconds between two looks, on a node
KILLED = 137  # the exit code of what was out of memory


@dataclass(frozen=True)
class Resources:
    """What Ray reserves for a cell."""

    cpus: int = 1
    gpus: float | None = 0.0  # None is one where the cluster has any
    gigabytes: float | None = None

    def options(self) -> dict[str, Any]:
        """As Ray has them. Retries are the bench's."""
        memory = {"memory": int(self.gigabytes * 2**30)} if self.gigabytes else {}
        return {"num_cpus": self.cpus, "num_gpus": self.gpus, "max_retries": 0, **memory}


class OnRay:
    """Hands every job to a cluster, which starts it where there is room. A job of a lost node is begun again on another."""

    def __init__(
        self, address: str | None = None, each: Resources = Resources(), program: Sequence[str] = ZOO, root: Path | None = None
    ) -> None:
        """Join the cluster at `address`, or start one on this machine. Nodes work in the folder `root`, this one's if None.

        ZooError where Ray is not installed or the cluster does not answer.
        """
        self.ray = _joined(address)
        if each.gpus is None:
            each = replace(each, gpus=1.0 if self.ray.cluster_resources().get("GPU") else 0.0)
        self._work = self.ray.remote(work).options(**each.options())
        self._told = (Room("cuda:0" if each.gpus else "cpu", each.cpus), tuple(program), str((root or Path.cwd()).resolve()))
        self._jobs: dict[Any, Job] = {}
        self._new: list[Event] = []
        self._stopping = False

    def room(self) -> bool:
        return not self._stopping  # Ray queues what does not fit

    def start(self, job: Job) -> None:
        self._jobs[self._work.remote(job, *self._told)] = job
        self._new += [Event(cell, "at", "handed to Ray") for cell in job.cells]

    def busy(self) -> bool:
        return bool(self._jobs)

    def events(self) -> list[Event]:
        told, self._new = self._new, []
        ready, _ = self.ray.wait(list(self._jobs), num_returns=len(self._jobs), timeout=0) if self._jobs else ([], [])
        for task in ready:
            told += self._outcome(task, self._jobs.pop(task))
        return told

    def stop(self) -> None:
        for task in self._jobs:
            self.ray.cancel(task, force=self._stopping)
        self._stopping = True

    def _outcome(self, task: Any, job: Job) -> Iterator[Event]:
        """What a task tells, of this process's own cells; or what became of it."""
        cells = {cell.id: cell for cell in job.cells}
        lost = self.ray.exceptions
        try:
            yield from (replace(event, cell=cells[event.cell.id]) for event in self.ray.get(task))
        except lost.TaskCancelledError:
            yield Event(job.cells[0], "stopped")
        except (lost.NodeDiedError, lost.ObjectLostError):
            yield Event(job.cells[0], "again", "its node is lost")
        except (lost.WorkerCrashedError, lost.OutOfMemoryError) as error:
            yield Event(job.cells[0], "again", _first_line(error), exit_code=KILLED)
        except lost.RayError as error:
            yield Event(job.cells[0], "failed", _first_line(error), exit_code=1)


def work(job: Job, room: Room, program: tuple[str, ...], root: str) -> list[Event]:
    """A job on a node, from beginning to end; what was made there before is not made again."""
    Path(root).mkdir(parents=True, exist_ok=True)
    os.chdir(root)
    while any(busy(cell.folder) for cell in (job.leader, *job.cells)):
        time.sleep(PAUSE)  # the process of a task that was lost ends with its node, a moment later
    known = Known([LOCAL])
    told = [Event(cell, "done", files=_files(cell, known)) for cell in job.cells if known.record(cell)]
    if cells := tuple(cell for cell in job.cells if not known.record(cell)):
        told += _worked(Worker(replace(job, cells=cells), room, program), known)
    return told


def _worked(worker: Worker, known: Known) -> Iterator[Event]:
    while not worker.ended:
        try:
            for event in worker.events():
                if event.what == "done":
                    known.look()
                    yield replace(event, files=_files(event.cell, known))
                elif event.what != "at":
                    yield event
            time.sleep(PAUSE)
        except KeyboardInterrupt:  # how Ray cancels
            worker.stop()


def _files(cell: SuiteCell, known: Known) -> dict[str, bytes]:
    """What is to lie in the driver's folders as well, by its name under runs/: all but checkpoints."""
    left = [path for path in cell.folder.glob("[!.]*") if path.name != CHECKPOINT]
    return {str(path.relative_to(RUNS)): path.read_bytes() for path in (*known.files(cell), *left) if path.is_file()}


def _joined(address: str | None) -> Any:
    try:
        import ray
    except ImportError as error:
        fix = "pip install 'posezoo[bench]', or leave --engine out"
        raise ZooError("Ray is not installed", where="--engine ray", fix=fix, exit_code=2) from error
    try:
        _knock(address)
        ray.init(address=address, ignore_reinit_error=True, log_to_driver=False, configure_logging=False)
    except (OSError, RuntimeError, ValueError) as error:
        fix = "start one with `ray start --head`, or leave --address out"
        raise ZooError(f"no Ray cluster: {_first_line(error)}", where=f"--address {address}", fix=fix) from error
    return ray


def _knock(address: str | None) -> None:
    """OSError where nobody listens: Ray itself would try for minutes."""
    host, _, port = (address or "").rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host.rpartition("/")[2], int(port)), timeout=10).close()


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
