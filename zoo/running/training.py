"""A recipe trained on a track, and its weights written."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from torch import nn

from zoo.documents.files import write_atomically
from zoo.documents.voice import tell
from zoo.errors import ZooError
from zoo.model import Kit, Model, build, build_losses
from zoo.ops.device import choose_device
from zoo.ops.precision import settled
from zoo.recipes.catalog import Catalog
from zoo.recipes.recipe import Recipe
from zoo.recipes.request import OFTEN, Request, describe, resolve, run_folder
from zoo.recipes.track import Track
from zoo.recipes.trained import as_trained
from zoo.recipes.writing import recipe_toml, track_toml
from zoo.running.folder import claimed, keep_scores_of_others
from zoo.running.weights import Provenance
from zoo.scoring.watching import painter
from zoo.store.folder import RECIPE, TRACK, WEIGHTS
from zoo.store.initial import start_from
from zoo.store.weights import load_weights, require_own, save_weights
from zoo.training import processes
from zoo.training.loop import train
from zoo.training.plan import Plan, Trained
from zoo.training.stage import frozen_modules
from zoo.training.times import write_seconds
from zoo.training.tracking import Telling


@dataclass(frozen=True)
class Training:
    """What a training leaves."""

    weights: Provenance
    folder: Path  # of the run


def train_recipe(request: Request, catalog: Catalog) -> Training:
    """Train only."""
    choose_device(request.device)
    recipe, track = resolve(request, catalog)
    folder = run_folder(request, recipe, track)
    with claimed(request, folder, trains=True):
        kit = build(recipe, track, catalog, seed=request.seed)
        with processes.together(request.device):
            return Training(trained_weights(request, recipe, track, kit, catalog, folder), folder)


def trained_weights(request: Request, recipe: Recipe, track: Track, kit: Kit, catalog: Catalog, folder: Path) -> Provenance:
    """Train the kit's model into `folder`; it then carries what was written there, which is of half precision."""
    start = start_from(kit.model, request.init_from) if request.init_from else None
    refuse_untrained(recipe, kit.model, start.taken if start else [])
    for phase in recipe.phases:
        frozen_modules(kit.model, phase)  # one that does not exist is refused before anything is written
    keep_scores_of_others(request, recipe, track, folder, request.seed)
    bare = as_trained(recipe, catalog)
    mine = {"digest": bare.digest(), "track_digest": track.digest(), "seed": str(request.seed)}
    processes.on_main(lambda: require_own(folder / WEIGHTS, mine))
    if start:
        tell(str(start))
    steps, batch = request.steps or track.budget.steps, request.batch or track.budget.batch
    device = choose_device(request.device)
    precision = settled(request.precision, device)
    plan = Plan(
        folder=folder, steps=steps, batch=batch, seed=request.seed, resume=request.resume,
        device=device, precision=precision, every=request.checkpoint_every or OFTEN,
        identity={"track": track.digest(), "start": start.sha256 if start else "random parameters"},
        telling=Telling(
            request.track_with, {**mine, "recipe": describe(recipe), "track": track.name, "steps": steps, "batch": batch},
            request.samples_every, painter(kit, track, folder),
        ),
    )  # fmt: skip
    trained: Trained = train(recipe, kit, build_losses(recipe, kit, catalog), plan, catalog)
    path = folder / WEIGHTS
    about = {
        **mine, "recipe": recipe.name, "variant": recipe.variant, "track": track.name,
        "architecture": bare.architecture(), "steps": str(trained.steps), "images_seen": str(trained.images_seen),
        "batch": str(batch), "precision": precision,
        **({"init": start.sha256} if start else {}), "zoo": version("posezoo"),
    }  # fmt: skip

    def write() -> str:
        write_seconds(folder, trained.seconds)
        write_atomically(folder / RECIPE, recipe_toml(recipe).encode())
        write_atomically(folder / TRACK, track_toml(track, portable=False).encode())
        return save_weights(trained.weights, path, about)

    sha256 = processes.on_main(write)
    # what is scored is what is shipped: the half-precision file, read back
    load_weights(kit.model, path, architecture=bare.architecture(), sha256=sha256)
    return Provenance(
        "trained", path, sha256, request.seed, trained.steps, trained.images_seen, trained.seconds, precision,
        batch, start.sha256 if start else None,
    )  # fmt: skip


def refuse_untrained(recipe: Recipe, model: Model, given: Sequence[str] = ()) -> None:
    """ZooError for a part that no phase trains and no weights have `given`."""
    taught = {name for phase in recipe.phases for name in phase.train} | {*given}
    for name, part in recipe.parts().items():
        built = getattr(model, name)
        if name not in taught and isinstance(built, nn.Module) and any(p.requires_grad for p in built.parameters()):
            raise ZooError(
                f"no phase trains {name} {part.use}: its parameters would stay random",
                where=f"recipe {recipe.name} ({recipe.variant})",
                fix=f'name "{name}" in the train list of a phase, with a loss that judges what it gives; '
                "or begin with weights that hold it: --init-from",
                exit_code=2,
            )
