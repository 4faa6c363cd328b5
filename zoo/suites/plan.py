"""What is to be done for a suite: its cells, which of them have records, and what the rest will take. Imports no torch."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from zoo.errors import unknown
from zoo.recipes.catalog import Catalog
from zoo.results.folder import records_folder
from zoo.results.hardware import Hardware
from zoo.suites.cells import Refused, SuiteCell, expand
from zoo.suites.estimates import Estimate, estimate
from zoo.suites.jobs import Job, jobs_of
from zoo.suites.known import COMMITTED, LOCAL, Failure, Known, read_failure
from zoo.suites.suite import Suite

State = Literal["done", "failed", "to do"]


@dataclass
class Schedule:
    """A suite made out."""

    suite: Suite
    cells: list[SuiteCell]
    refused: list[Refused]
    known: Known
    failures: dict[str, Failure] = field(default_factory=dict)  # by the id of the cell
    estimates: dict[str, Estimate] = field(default_factory=dict)

    def state(self, cell: SuiteCell) -> State:
        """Whether a cell has its record, has failed, or is to be run."""
        if self.known.record(cell):
            return "done"
        return "failed" if cell.id in self.failures else "to do"

    def todo(self) -> list[SuiteCell]:
        """The cells that are to be run."""
        return [cell for cell in self.cells if self.state(cell) == "to do"]

    def jobs(self) -> list[Job]:
        """The same, grouped by their training."""
        return jobs_of(self.todo(), self.cells)

    def refuse(self, refused: Iterable[tuple[SuiteCell, Refused]]) -> None:
        """Take out cells that proved impossible."""
        out = dict(refused)
        self.cells = [cell for cell in self.cells if cell not in out]
        self.refused += {why.title: why for why in out.values()}.values()


def schedule(
    suite: Suite,
    catalog: Catalog,
    *,
    results: Iterable[Path] = (),
    only: Iterable[str] = (),
    retry_failed: bool = False,
    root: Path | None = None,
) -> Schedule:
    """Make out a suite. Records may lie in benchmarks/results, runs/results or `results`; `only`: words of a cell's title."""
    cells, refused = expand(suite, catalog, root)
    words = [*only]
    for word in words:
        if not any(word in cell.title for cell in cells):
            raise unknown("cell", word, {cell.title for cell in cells}, where="--only")
    chosen = [cell for cell in cells if all(word in cell.title for word in words)]
    known = Known([COMMITTED, LOCAL, *map(records_folder, results)])
    failures = {} if retry_failed else {c.id: f for c in chosen if (f := read_failure(c)) and not known.record(c)}
    return Schedule(suite, chosen, refused, known, failures)


def weigh(plan: Schedule, machine: Hardware) -> None:
    """Estimate what each cell to be run will take."""
    leaders = {job.leader.key for job in plan.jobs() if job.leader in job.cells}
    for cell in plan.todo():
        trains = cell.trains and (cell.leads or cell.key in leaders)
        if (found := estimate(cell, plan.known.records, machine, trains=trains)) is not None:
            plan.estimates[cell.id] = found
