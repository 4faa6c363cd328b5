"""What a command asks for, resolved into a recipe and a track. Imports no torch, so that a wrong call is refused at once."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from zoo.documents.names import FULL
from zoo.recipes.catalog import Catalog
from zoo.recipes.compatibility import without_idle_phases
from zoo.recipes.recipe import Recipe, load_recipe
from zoo.recipes.track import DEFAULT_TRACK, Track, load_track
from zoo.store.registry import resolve_alias

RUNS = Path("runs")


@dataclass(frozen=True)
class Request:
    """What the command line asks for. `recipe` and `track` are names or paths of .toml files."""

    recipe: str
    variant: str = FULL
    track: str = DEFAULT_TRACK
    changes: list[str] = field(default_factory=list)
    from_scratch: bool = False
    steps: int | None = None
    seed: int = 0
    device: str = "auto"
    precision: Literal["no", "bf16"] = "no"
    out: Path | None = None
    weights: Path | None = None
    resume: bool = False
    root: Path | None = None  # where the track's data lies


def resolve(request: Request, catalog: Catalog) -> tuple[Recipe, Track]:
    """The recipe and the track a request names: aliases, sizes, variants and changes applied."""
    track = load_track(_named(request.track, catalog.tracks.__getitem__))
    track = track.at(request.root) if request.root else track
    path = _named(resolve_alias(request.recipe), catalog.recipes.__getitem__)
    recipe = load_recipe(path, size=track.scale, variant=request.variant, changes=request.changes)
    return without_idle_phases(recipe, catalog), track


def _named(name: str, look_up: Callable[[str], Path]) -> Path:
    return Path(name) if name.endswith(".toml") else look_up(name)


def results_folder(request: Request) -> Path:
    """Where records go: runs/results, or results/ inside an explicit --out."""
    return (request.out / "results") if request.out else RUNS / "results"


def run_folder(request: Request, recipe: Recipe, track: Track) -> Path:
    """runs/TRACK/RECIPE-VARIANT-seedN, or --out; changed recipes and budgets get folders of their own."""
    if request.out:
        return request.out
    name = f"{recipe.name}-{recipe.variant}-seed{request.seed}"
    extra = [*recipe.changes, *([f"steps={request.steps}"] if request.steps else [])]
    if extra:
        readable = re.sub(r"[^A-Za-z0-9=._-]+", "-", "-".join(extra))[:60]
        name += f"-{readable}-{hashlib.sha256(repr(extra).encode()).hexdigest()[:6]}"
    return RUNS / track.name / name


def describe(recipe: Recipe) -> str:
    """`scmnet (wo-bsr, merge=base.adain)`."""
    details = [*([recipe.variant] if recipe.variant != FULL else []), *recipe.changes]
    return f"{recipe.name} ({', '.join(details)})" if details else recipe.name
