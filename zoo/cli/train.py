"""`zoo train`: train a recipe on a track and leave its weights, without scoring."""

from zoo.cli.asking import TRAINING, asking
from zoo.cli.output import Json, show, show_json
from zoo.documents.voice import leads
from zoo.recipes.catalog import catalog
from zoo.recipes.request import Request

NAME = "train"


@asking(*TRAINING, from_scratch=True)
def command(request: Request, json: Json = False) -> None:
    """Train a recipe on a track, without scoring.

    The weights lie in the run folder; zoo run --weights scores them.
    """
    from zoo.running import train_recipe

    weights, folder = train_recipe(request, catalog())
    if not leads():
        return
    about = {
        "weights": str(weights.path), "sha256": weights.sha256, "steps": weights.steps, "images_seen": weights.images_seen,
        "seconds": round(weights.seconds, 1), "folder": str(folder),
    }  # fmt: skip
    show_json(about) if json else show("\n".join(f"{name}: {value}" for name, value in about.items()))
