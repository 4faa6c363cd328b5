"""The first phases of a recipe as a digest of all that their outcome depends on: where it is equal, so are the bits. No torch.

Parts draw their parameters one after the other, and so do losses (zoo.model): what a part draws depends on those before it and
on none behind it. So phases that go as far as a merging operator know nothing of the generator, and phases that hear the first
losses nothing of the others. Track, seed, batch and precision are the run's, and stand beside the digest.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from zoo.recipes.recipe import PartName, Phase, Recipe

SPINE: tuple[PartName, ...] = get_args(PartName)
_REACH: dict[str, PartName] = {"parsing": "parsing", "merge": "merge", "image": "generator", "cycle": "generator"}


@dataclass(frozen=True)
class Beginning:
    """A recipe's first phases, up to but not with one that follows."""

    end: int  # steps
    phases: tuple[str, ...]
    parts: tuple[PartName, ...]  # that the phases reach
    losses: tuple[str, ...]  # that they hear
    digest: str


def ends(phases: Sequence[Phase], steps: int) -> list[int]:
    """Where each phase ends: the run's steps, split by their share."""
    total = sum(phase.share for phase in phases)
    return [round(steps * sum(phase.share for phase in phases[: i + 1]) / total) for i in range(len(phases))]


def beginnings(recipe: Recipe, steps: int) -> list[Beginning]:
    """The first phase, the first two and so on, but for all of them."""
    places = ends(recipe.phases, steps)
    return [_beginning(recipe, places[:count]) for count in range(1, len(places))]


def _beginning(recipe: Recipe, places: list[int]) -> Beginning:
    phases = recipe.phases[: len(places)]
    reached = [SPINE.index(part) for phase in phases for part in (_REACH[phase.until], *phase.train)]
    parts = {part: asked for part, asked in recipe.parts().items() if SPINE.index(part) <= max(reached)}
    weighed = [name for name, term in recipe.losses.items() if term.weight]
    heard = [name for name in weighed if any(name in phase.losses for phase in phases)]
    drawn = weighed[: 1 + max((weighed.index(name) for name in heard), default=-1)]
    content = {
        "regions": recipe.regions, "remap": recipe.remap, "oracle": recipe.oracle and recipe.parsing is None, "ema": recipe.ema,
        "parts": [(name, part.model_dump(mode="json")) for name, part in parts.items()],
        "losses": [(name, recipe.losses[name].model_dump(mode="json")) for name in drawn],
        "phases": [phase.model_dump(mode="json", exclude={"share"}) for phase in phases], "ends": places,
    }  # fmt: skip
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return Beginning(places[-1], tuple(phase.name for phase in phases), tuple(parts), tuple(heard), digest)
