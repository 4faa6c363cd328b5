"""What is run for a cell: commands that anybody can repeat. Cells that share a training are one job. Imports no torch."""

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain

from zoo.documents.names import FULL
from zoo.recipes.request import RUNS
from zoo.suites.cells import Key, SuiteCell

BEGUN = RUNS / "kept" / "phases"  # what first phases come to that jobs share


@dataclass(frozen=True)
class Job:
    """Cells of one training: the leader trains, the others score its weights. The leader may have its record already."""

    leader: SuiteCell
    cells: tuple[SuiteCell, ...]  # that are to be run, the leader first if it is one of them
    shares: bool = False  # its first phases with another job

    @property
    def title(self) -> str:
        """Of what is run first."""
        return self.cells[0].title


@dataclass(frozen=True)
class Step:
    """One process: the arguments of `zoo`, and the cell that it is for."""

    cell: SuiteCell
    arguments: tuple[str, ...]
    records: bool = True  # whether it leaves the cell's record, or only what another step needs

    @property
    def command(self) -> str:
        """For people."""
        return shlex.join(("zoo", *self.arguments))


def jobs_of(todo: Iterable[SuiteCell], suite: Iterable[SuiteCell]) -> list[Job]:
    """The cells to run, grouped by their training; the leader may be any cell of the suite.

    In their order, but for those that begin as an earlier one does: they come last, when it has trained what they share.
    """
    suite = [*suite]
    leaders = {cell.training: cell for cell in suite if cell.leads}
    trained = {cell.training: cell.beginnings for cell in suite}
    shared = {name for name, count in Counter(chain.from_iterable(trained.values())).items() if count > 1}
    groups: dict[Key, list[SuiteCell]] = {}
    for cell in todo:
        groups.setdefault(cell.training, []).append(cell)
    jobs = []
    for training, cells in groups.items():
        leader = leaders.get(training, cells[0])
        alike = not shared.isdisjoint(leader.beginnings)
        jobs.append(Job(leader, tuple(sorted(cells, key=lambda cell: cell is not leader)), alike))
    first = {name: job for job in reversed(jobs) for name in job.leader.beginnings}
    return sorted(jobs, key=lambda job: any(first[name] is not job for name in job.leader.beginnings))


def steps(job: Job, device: str) -> Iterator[Step]:
    """The processes of a job, one after the other. What is needed is looked up when it is the next one's turn."""
    told = partial(_told, device=device)
    for cell in job.cells:
        if cell is job.leader:
            yield Step(cell, ("run", *told(cell), *_training(cell), "--json"))
            continue
        if not job.leader.weights.exists():
            yield Step(cell, ("train", *told(job.leader), *_training(job.leader)[1:], "--json"), records=False)
        yield Step(cell, ("run", *told(cell), "--weights", str(job.leader.weights), "--json"))


def _told(cell: SuiteCell, device: str) -> list[str]:
    asked = cell.request
    told = ["--recipe", asked.recipe, "--track", asked.track, "--seed", str(asked.seed), "--device", device]
    variant = ["--variant", asked.variant] if asked.variant != FULL else []
    root = ["--root", str(asked.root)] if asked.root else []
    return told + variant + root + [part for change in asked.changes for part in ("--set", change)]


def _training(cell: SuiteCell) -> list[str]:
    if not cell.trains:
        return []
    precision = ["--precision", cell.request.precision] if cell.request.precision != "no" else []
    return ["--from-scratch", "--resume", *precision]
