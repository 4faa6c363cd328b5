"""`zoo train`: train a recipe on a track and leave its weights, without scoring."""

from zoo.cli.options import (
    Changes,
    Device,
    Json,
    Out,
    Precision,
    Recipe,
    Resume,
    Root,
    Seed,
    Steps,
    Track,
    Variant,
    make_request,
)
from zoo.cli.output import show, show_json
from zoo.documents.names import FULL
from zoo.recipes.catalog import catalog
from zoo.recipes.track import DEFAULT_TRACK

NAME = "train"


def command(
    recipe: Recipe,
    variant: Variant = FULL,
    track: Track = DEFAULT_TRACK,
    changes: Changes = None,
    steps: Steps = None,
    seed: Seed = 0,
    device: Device = "auto",
    precision: Precision = "no",
    out: Out = None,
    resume: Resume = False,
    root: Root = None,
    json: Json = False,
) -> None:
    """Train a recipe on a track, without scoring.

    The weights lie in the run folder; zoo run --weights scores them.
    """
    request = make_request(
        recipe, variant=variant, track=track, changes=changes or [], from_scratch=True,
        steps=steps, seed=seed, device=device, precision=precision, out=out, resume=resume, root=root,
    )  # fmt: skip
    from zoo.run import train_recipe

    weights, folder = train_recipe(request, catalog())
    about = {
        "weights": str(weights.path), "sha256": weights.sha256, "steps": weights.steps, "images_seen": weights.images_seen,
        "seconds": round(weights.seconds, 1), "folder": str(folder),
    }  # fmt: skip
    show_json(about) if json else show("\n".join(f"{name}: {value}" for name, value in about.items()))
