"""Mixes tried before the first is trained: facts are checked without torch, whether the parts fit only by building them."""

from zoo.errors import ZooError
from zoo.recipes.catalog import Catalog
from zoo.recipes.request import describe
from zoo.suites.cells import Refused, SuiteCell
from zoo.suites.plan import Schedule


def try_out(plan: Schedule, catalog: Catalog) -> None:
    """Build every mix that is to be run, once, and take those that cannot be built out of the plan.

    A recipe as its file has it is taken at its word. Imports torch.
    """
    tried: dict[tuple[str, str], Refused | None] = {}
    for cell in plan.todo():
        if cell.request.changes and cell.key[:2] not in tried:
            tried[cell.key[:2]] = _refusal(cell, catalog)
    plan.refuse([(cell, why) for cell in plan.cells if (why := tried.get(cell.key[:2]))])


def _refusal(cell: SuiteCell, catalog: Catalog) -> Refused | None:
    from zoo.model import build
    from zoo.running import refuse_untrained
    from zoo.scoring.scorer import check_scorable

    title = f"{describe(cell.recipe)} on {cell.track.name}"
    try:
        kit = build(cell.recipe, cell.track, catalog)
        check_scorable(kit, cell.track)
        refuse_untrained(cell.recipe, kit.model)
    except ZooError as error:
        return Refused(title, error.what, error.fix)
    return None
