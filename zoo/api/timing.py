"""`zoo.speed`: recipes and peers, timed."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from zoo.api.asking import listed
from zoo.api.grids import Names, several
from zoo.documents.names import FULL
from zoo.errors import ZooError
from zoo.recipes.catalog import catalog
from zoo.recipes.track import DEFAULT_TRACK
from zoo.results.speed import SpeedRecord
from zoo.suites.suite import load_suite
from zoo.timing.bench import Measured
from zoo.timing.cells import Peer, SpeedCell, SpeedGrid
from zoo.timing.plan import LOCAL, SpeedPlan, Watch, plan_speed
from zoo.timing.wording import speed_table

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class PlannedSpeed:
    """What is to be timed, and what has been."""

    plan: SpeedPlan

    @property
    def cells(self) -> list[SpeedCell]:
        """Every pass that is asked for."""
        return self.plan.cells

    @property
    def records(self) -> list[SpeedRecord]:
        """Those of them that have been timed, by the same code on this hardware."""
        return [record for cell in self.cells if (record := self.plan.record(cell))]

    def run(
        self, *, begins: Watch = lambda cell: None, ended: Callable[[Measured], object] = lambda one: None
    ) -> list[Measured]:  # fmt: skip
        """Time what has no record; what cannot be timed says why. It may be interrupted, and the same call goes on."""
        return self.plan.run(begins, ended)

    def table(self) -> str:
        """A line for each record."""
        return speed_table(self.records)

    def outline(self) -> dict[str, str]:
        """Whether each cell is timed, or to do."""
        return {cell.title: "timed" if self.plan.record(cell) else "to do" for cell in self.cells}


def speed(
    recipe: Names = (),
    *,
    variant: str = FULL,
    changes: str | Iterable[str] | Mapping[str, object] = (),
    track: Names = DEFAULT_TRACK,
    peer: Names = (),
    what: Names = ("forward", "step"),
    batch: str | int | Sequence[int] = 1,
    precision: Names = "no",
    compiled: bool = False,
    device: str = "auto",
    threads: int | None = None,
    repeats: int = 5,
    seconds: float = 60.0,
    limit: float = 600.0,
    root: str | Path | None = None,
    out: str | Path | None = None,
    again: bool = False,
) -> PlannedSpeed:
    """Plan to time recipes, those of suite papers if none is named, at the size and scale of tracks; `.run()` does it.

    `what`: the forward pass, that with its gradients, a whole training step of the last phase. `compiled` times eager and
    compiled; `peer` adds functions in Python files (`file.py:function`) that build other people's modules, in turns with ours.
    A pass is repeated `repeats` times or until `seconds` are over, and given up after `limit` seconds. Records go to `out`,
    runs/timings if not given; what the same code has a record of on this hardware is not timed `again`. ZooError for unknown
    names and impossible mixes.
    """
    installed = catalog()
    wanted = SpeedGrid(
        several(recipe) or ([] if peer else papers()), several(track), variant, listed(changes),
        [*map(Peer.parse, several(peer))], several(what), _numbers(batch), several(precision),
        (False, True) if compiled else (False,), Path(root) if root else None,
    )  # fmt: skip
    return PlannedSpeed(
        plan_speed(
            wanted, installed, device=device, threads=threads, repeats=repeats, seconds=seconds, limit=limit,
            out=Path(out) if out else LOCAL, again=again, report=log.warning,
        )
    )  # fmt: skip


def papers() -> list[str]:
    """The recipes of the zoo's own suite of that name."""
    return [*dict.fromkeys(name for grid in load_suite("papers").grid for name in grid.recipe)]


def _numbers(batch: str | int | Sequence[int]) -> list[int]:
    """`"1,4"`, 4, or a list of them; ZooError for a word that is no number."""
    given = [batch] if isinstance(batch, int) else several(batch) if isinstance(batch, str) else batch
    try:
        return [int(number) for number in given]
    except ValueError as error:
        raise ZooError(f"batch {batch!r} is no number", where="--batch", fix="--batch 1,4", exit_code=2) from error
