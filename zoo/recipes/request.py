"""What a command asks for, resolved into a recipe and a track. Imports no torch, so that a wrong call is refused at once."""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from zoo.documents.names import FULL
from zoo.documents.strict import Strict, validated_model
from zoo.errors import ZooError, unknown
from zoo.recipes.catalog import Catalog
from zoo.recipes.compatibility import without_idle_phases
from zoo.recipes.loading import load_recipe, sizes_of
from zoo.recipes.recipe import MOST_STEPS, Recipe
from zoo.recipes.track import DEFAULT_TRACK, LARGEST_BATCH, Track, load_track
from zoo.store.registry import find_alias, registry

RUNS = Path("runs")
MOST_SAMPLES = 64  # of one pair
Tracker = Literal["tensorboard", "trackio", "wandb", "mlflow"]


class _Bounds(Strict):
    """What the numbers and the words of a request may be."""

    steps: Annotated[int, Field(ge=1, le=MOST_STEPS)] | None
    batch: Annotated[int, Field(ge=1, le=LARGEST_BATCH)] | None
    seed: Annotated[int, Field(ge=0, lt=2**32)]
    precision: Literal["no", "bf16", "auto"]
    track_with: Tracker | None
    samples_every: Annotated[int, Field(ge=1, le=MOST_STEPS)] | None
    samples: Annotated[int, Field(ge=1, le=MOST_SAMPLES)]


@dataclass(frozen=True)
class Every:
    """How often something is due: after so many steps or so many seconds, whichever comes first."""

    steps: int | None = 200
    seconds: float | None = 120.0

    @classmethod
    def parse(cls, text: str) -> "Every":
        """`200` steps or `60s`; ZooError for anything else."""
        number = re.fullmatch(r"([1-9][0-9]{0,8})(s?)", text)
        if number is None:
            raise ZooError(
                f"{text!r} is neither a number of steps nor of seconds",
                where="--checkpoint-every",
                fix="write 200 for every 200 steps, or 60s for every 60 seconds",
                exit_code=2,
            )
        count = int(number[1])
        return cls(None, count) if number[2] else cls(count, None)

    def due(self, steps: int, seconds: float) -> bool:
        """Whether so many steps or seconds are enough."""
        return (self.steps is not None and steps >= self.steps) or (self.seconds is not None and seconds >= self.seconds)


OFTEN = Every()


@dataclass(frozen=True)
class Request:
    """What the command line asks for. `recipe` and `track` are names or paths of .toml files."""

    recipe: str
    variant: str = FULL
    track: str = DEFAULT_TRACK
    changes: list[str] = field(default_factory=list)
    from_scratch: bool = False
    steps: int | None = None  # the track's budget if None
    seed: int = 0
    device: str = "auto"
    precision: Literal["no", "bf16", "auto"] = "no"  # of training's forward; without, of the model at work
    out: Path | None = None
    weights: Path | None = None
    resume: bool = False
    size: str = ""  # of the recipe; the track's scale if empty
    batch: int | None = None  # the track's budget if None
    init_from: Path | None = None  # weights that training starts from
    root: Path | None = None  # where the track's data lies
    force: bool = False  # begin anew where another run is, and delete that
    checkpoint_every: Every | None = None  # OFTEN if None
    track_with: Tracker | None = None  # that is told of the training, too
    samples_every: int | None = None  # steps between pictures of fixed pairs; none are made if None
    samples: int = 1  # of each pair, by a generator of several steps: how far apart they are is scored, too

    def __post_init__(self) -> None:
        numbers = {name: value for name, value in asdict(self).items() if name in _Bounds.model_fields}
        validated_model(_Bounds, numbers, "what is asked for")

    def about_training(self) -> list[str]:
        """The options given that say how to train."""
        options = {
            "--steps": self.steps, "--batch": self.batch, "--init-from": self.init_from, "--resume": self.resume,
            "--checkpoint-every": self.checkpoint_every,
            "--track-with": self.track_with, "--samples-every": self.samples_every,
        }  # fmt: skip
        return [option for option, value in options.items() if value]


def resolve(request: Request, catalog: Catalog) -> tuple[Recipe, Track]:
    """The recipe and the track a request names: aliases, sizes, variants and changes applied, and none of them for nothing."""
    track = load_track(_named(request.track, catalog.tracks.__getitem__))
    track = track.at(request.root) if request.root else track
    request = _meant(request, track)
    path = _named(request.recipe, partial(_known, catalog))
    if request.size and request.size not in (sizes := sizes_of(path)):
        raise unknown("size", request.size, sizes, where=f"--size {request.size}, of recipe {path.stem}")
    recipe = load_recipe(path, size=request.size or track.scale, variant=request.variant, changes=request.changes)
    _refuse_unknown(recipe, catalog)
    recipe = without_idle_phases(recipe, catalog)
    _refuse_idle(request, recipe)
    chosen = [f"size={request.size}"] if request.size not in ("", track.scale) else []
    return recipe.model_copy(update={"changes": [*chosen, *recipe.changes]}), track


def _known(catalog: Catalog, recipe: str) -> Path:
    if recipe not in catalog.recipes.items:
        names = [*catalog.recipes.items, *(alias.name for alias in registry().aliases)]
        raise unknown("recipe", recipe, names, where="installed plugins (zoo list shows them)")
    return catalog.recipes[recipe]


def _meant(request: Request, track: Track) -> Request:
    """The request with the recipe's own name where an alias was given."""
    alias = find_alias(request.recipe, track.name)
    if alias is None:
        return request
    variant, changes = alias.meant(request.variant, request.changes)
    return replace(request, recipe=alias.recipe, variant=variant, changes=changes)


def _named(name: str, look_up: Callable[[str], Path]) -> Path:
    return Path(name) if name.endswith(".toml") else look_up(name)


def _refuse_unknown(recipe: Recipe, catalog: Catalog) -> None:
    """ZooError for a component that nobody offers; one that --set named is said to be so."""
    for place, kind, part in recipe.named_parts():
        try:
            catalog.component(kind, part.use)
        except ZooError as error:
            where = recipe.said(place, place.rpartition(".")[0]) or error.where
            raise ZooError(error.what, where=where, fix=error.fix, exit_code=error.exit_code) from error


def _refuse_idle(request: Request, recipe: Recipe) -> None:
    """ZooError for what is asked for and would change nothing."""
    training = {
        "--steps": request.steps,
        "--batch": request.batch,
        "--init-from": request.init_from,
        "--resume": request.resume,
        "--track-with": request.track_with,
        "--samples-every": request.samples_every,
    }
    asked = [option for option, value in training.items() if value]
    if asked and not recipe.phases:
        raise ZooError(f"recipe {recipe.name} has nothing to train", where=asked[0], fix="leave it out", exit_code=2)
    for change in request.changes:
        for what, fix in _idle(change.partition("=")[0].strip().split("."), recipe):
            raise ZooError(f"{what}, so this changes nothing", where=f"--set {change}", fix=fix, exit_code=2)


def _idle(key: list[str], recipe: Recipe) -> Iterator[tuple[str, str]]:
    """Why a change of `key` changes nothing, and the mend. What switches a loss or a phase off may find it so."""
    match key:
        case ["losses", name, *rest] if rest != ["weight"]:
            if not any(name in phase.losses for phase in recipe.phases):
                yield f"no phase uses the loss {name!r}", "name it in the losses of a phase"
            elif not recipe.losses[name].weight:
                yield f"the loss {name!r} has weight 0", f"--set losses.{name}.weight=1, or leave it out"
        case ["phases", name, *rest] if rest != ["share"]:
            if name not in [phase.name for phase in recipe.phases]:
                yield f"phase {name!r} is left out: its share is 0, or its losses judge nothing", "give it a share and a loss"


def results_folder(request: Request) -> Path:
    """Where records go: runs/results, or results/ inside an explicit --out."""
    return (request.out / "results") if request.out else RUNS / "results"


def run_folder(request: Request, recipe: Recipe, track: Track) -> Path:
    """runs/TRACK/RECIPE-VARIANT-seedN, or --out; changed recipes and budgets get folders of their own."""
    if request.out:
        return request.out
    name = f"{recipe.name}-{recipe.variant}-seed{request.seed}"
    budget = {"steps": request.steps, "batch": request.batch, "from": _brief(request.init_from)}
    extra = [*recipe.changes, *(f"{key}={value}" for key, value in budget.items() if value)]
    if extra:
        readable = re.sub(r"[^A-Za-z0-9=._-]+", "-", "-".join(extra))[:60]
        name += f"-{readable}-{hashlib.sha256(repr(extra).encode()).hexdigest()[:6]}"
    return RUNS / track.name / name


def _brief(path: Path | None) -> str:
    """A file's name in its folder: `first/weights.safetensors`, whichever machine it lies on."""
    return "/".join(path.parts[-2:]) if path else ""


def describe(recipe: Recipe) -> str:
    """`scmnet (wo-bsr, merge=base.adain)`."""
    details = [*([recipe.variant] if recipe.variant != FULL else []), *recipe.changes]
    return f"{recipe.name} ({', '.join(details)})" if details else recipe.name
