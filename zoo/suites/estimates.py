"""What a cell will take, by what records say that runs like it took. Imports no torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from zoo.results.hardware import Hardware
from zoo.results.record import Record
from zoo.suites.cells import SuiteCell

PER_PARAMETER = (
    34  # bytes: two checkpoints in fp32 (parameters, average, Adam's two) while one replaces the other, half weights
)
PAGE = 2e6  # bytes of a report and of the scores of pairs


@dataclass(frozen=True)
class Estimate:
    """Seconds and bytes, and what they are guessed from."""

    seconds: float
    bytes: float
    basis: str


def estimate(cell: SuiteCell, records: Sequence[Record], machine: Hardware, *, trains: bool = True) -> Estimate | None:
    """The median of the nearest records, to the pixel and the image seen; None where there is nothing to go by."""
    origin = "trained" if cell.recipe.phases else "none"  # others trained elsewhere, or never
    told = [r for r in records if r.weights.origin == origin]
    if not told:
        return None
    nearness = {id(r): _nearness(cell, r, machine) for r in told}
    best = max(nearness.values())
    nearest = [r for r in told if nearness[id(r)] == best]
    seconds = median(_seconds(cell, r, trains=trains) for r in nearest)
    parameters = median(sum(part.parameters for part in r.parts.values()) for r in nearest)
    return Estimate(seconds, PAGE + PER_PARAMETER * parameters * trains, _basis(nearest, best))


def _nearness(cell: SuiteCell, r: Record, machine: Hardware) -> tuple[bool, bool, bool, int, bool]:
    """What matters most comes first: the card, the recipe, the track, how many parts are the same, the processor."""
    parts = {name: part.use for name, part in cell.recipe.parts().items()}
    same = sum(name in r.parts and r.parts[name].component == use for name, use in parts.items())
    return (
        r.hardware.gpu == machine.gpu, r.recipe_digest == cell.recipe.digest(), r.track_name == cell.track.name, same,
        (r.hardware.cpu, r.hardware.cores) == (machine.cpu, machine.cores),
    )  # fmt: skip


def _seconds(cell: SuiteCell, r: Record, *, trains: bool) -> float:
    budget, area = cell.track.budget, cell.track.size[0] * cell.track.size[1]
    theirs: Any = (r.track.model_extra or {}).get("size") or cell.track.size
    larger = area / (theirs[0] * theirs[1])
    each = r.times.train_seconds / (r.weights.images_seen or 1)
    return r.times.score_seconds * larger + trains * each * budget.steps * budget.batch * larger


def _basis(nearest: list[Record], best: tuple[bool, bool, bool, int, bool]) -> str:
    """`2 records of it on another processor`."""
    card, same, track, _, processor = best
    what = "of it" if same else "of the nearest mix"
    where = "on this hardware" if card and processor else "on another processor" if card else "on other hardware"
    elsewhere = "" if track else ", another track"
    return f"{len(nearest)} record{'s' * (len(nearest) > 1)} {what} {where}{elsewhere}"
