"""A suite made ready: its mixes are tried, for whether their parts fit only building them tells."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.errors import ZooError
from zoo.recipes.catalog import Catalog
from zoo.suites.cells import Refused, SuiteCell
from zoo.suites.places import hardware
from zoo.suites.plan import Schedule, schedule, weigh
from zoo.suites.suite import Suite

if TYPE_CHECKING:
    from zoo.suites.fitting import Fitting


def prepare(
    suite: Suite,
    catalog: Catalog,
    *,
    device: str = "cpu",
    results: Iterable[Path] = (),
    only: Iterable[str] = (),
    retry_failed: bool = False,
    root: Path | None = None,
) -> Schedule:
    """What is to be done for a suite, and what it will take on `device`; see `schedule`. Imports torch where mixes are new.

    plan = prepare(load_suite("merging"), catalog())
    ended = run(plan, Local(rooms()))
    """
    plan = schedule(suite, catalog, results=results, only=only, retry_failed=retry_failed, root=root)
    try_out(plan, catalog)
    weigh(plan, hardware(device))
    return plan


def try_out(plan: Schedule, catalog: Catalog) -> None:
    """Build the parts of every mix that is to be run, once, and take those that do not fit out of the plan.

    A recipe as its file has it is taken at its word. Imports torch.
    """
    new = {cell.key[:2]: cell for cell in plan.todo() if cell.request.changes and cell.trains}
    if not new:
        return
    from zoo.suites.fitting import Fitting

    fitting = Fitting(catalog)
    refused = {key: why for key, cell in new.items() if (why := _refusal(cell, fitting))}
    plan.refuse([(cell, refused[cell.key[:2]]) for cell in plan.cells if cell.key[:2] in refused])


def _refusal(cell: SuiteCell, fitting: "Fitting") -> Refused | None:
    try:
        fitting.check(cell.recipe, cell.track)
    except ZooError as error:
        return Refused(cell.mixed, error.what, error.fix)
    return None
