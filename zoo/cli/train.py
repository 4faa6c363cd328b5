"""`zoo train`: train a recipe on a track and leave its weights, without scoring."""

import zoo
from zoo.cli.asking import TRAINING, Asked, asking
from zoo.cli.output import Json, show, show_json
from zoo.documents.voice import leads


@asking(*TRAINING)
def command(asked: Asked, json: Json = False) -> None:
    """Train a recipe on a track, without scoring.

    The weights lie in the run folder; zoo run --weights scores them.
    """
    trained = zoo.train(**asked)
    if not leads():
        return
    weights = trained.weights
    about = {
        "weights": str(weights.path), "sha256": weights.sha256, "steps": weights.steps, "images_seen": weights.images_seen,
        "seconds": round(weights.seconds, 1), "folder": str(trained.folder),
    }  # fmt: skip
    show_json(about) if json else show("\n".join(f"{name}: {value}" for name, value in about.items()))
