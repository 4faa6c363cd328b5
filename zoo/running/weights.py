"""Where parameters come from: a file of one's own, the registry, a training, nowhere."""

from dataclasses import dataclass
from pathlib import Path

from zoo.errors import ZooError
from zoo.model import Model
from zoo.recipes.catalog import catalog
from zoo.recipes.recipe import Recipe
from zoo.recipes.request import Request, describe
from zoo.recipes.track import Track
from zoo.recipes.trained import as_trained
from zoo.store.folder import TIMES
from zoo.store.registry import find_weights, locate
from zoo.store.tensors import read_tensors
from zoo.store.weights import claim, load_weights
from zoo.training.times import read_seconds


@dataclass(frozen=True)
class Provenance:
    """Where the scored parameters come from. Of a "file" the rest is what it says of itself, and nobody has verified it."""

    origin: str  # "registry", "file", "trained", "none" (nothing to train)
    path: Path | None
    sha256: str | None
    seed: int = 0
    steps: int = 0
    images_seen: int = 0
    seconds: float = 0.0
    precision: str = "no"
    batch: int = 0  # samples a step
    init: str | None = None  # sha256 of the weights that training started from


def stored_weights(request: Request, recipe: Recipe, track: Track, model: Model) -> Provenance:
    """Fill `model` from the file on the command line or from the registry; ZooError where there is neither."""
    if request.weights:
        return _weights_of_ones_own(request.weights, request, recipe, track, model)
    if not recipe.phases:
        return Provenance("none", None, None, request.seed)
    trained = as_trained(recipe, catalog())
    entry = find_weights(trained.digest(), track.name)
    if entry is None:
        raise ZooError(
            f"no shipped weights for {describe(recipe)} on track {track.name}",
            where="registry.toml",
            fix="zoo train or zoo run --from-scratch trains it, --weights FILE uses your own",
        )
    path = locate(entry)
    load_weights(model, path, architecture=trained.architecture(), sha256=entry.sha256)
    return Provenance(
        "registry", path, entry.sha256, entry.seed, entry.steps, entry.images_seen, entry.train_seconds, entry.precision,
        track.budget.batch,
    )  # fmt: skip


def _weights_of_ones_own(path: Path, request: Request, recipe: Recipe, track: Track, model: Model) -> Provenance:
    trained = as_trained(recipe, catalog())
    sha256 = load_weights(model, path, architecture=trained.architecture())
    about = read_tensors(path)[1]
    if (about.get("digest"), about.get("track_digest")) != (trained.digest(), track.digest()):
        return Provenance("file", path, sha256, request.seed)
    told = claim(about, path)
    seconds = read_seconds(path.parent) if (path.parent / TIMES).exists() else 0.0
    batch = track.budget.batch if told.batch is None else told.batch
    return Provenance(
        "file", path, sha256, told.seed, told.steps, told.images_seen, seconds, told.precision, batch, told.init
    )  # fmt: skip
