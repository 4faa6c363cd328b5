"""`zoo.load`."""

import logging
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.api.asking import checked, for_photos
from zoo.api.sources import named
from zoo.documents.names import FULL
from zoo.recipes.catalog import catalog
from zoo.recipes.recipe import Recipe
from zoo.recipes.request import Request, resolve
from zoo.recipes.track import Track, load_track
from zoo.store.registry import registry

if TYPE_CHECKING:
    from zoo.api.pipeline import Pipeline

log = logging.getLogger("zoo")


def load(
    recipe: str | Path = "",
    *,
    track: str | Path = "",
    variant: str = "",
    size: str = "",
    changes: str | Iterable[str] | Mapping[str, object] = (),
    weights: str | Path | None = None,
    device: str = "auto",
    seed: int = 0,
    precision: str = "auto",
    tell: Callable[[str], object] = log.info,
) -> "Pipeline":
    """A recipe with its weights, ready for people.

    `recipe` is a name (`zoo.list("recipe")`), a .toml file, a run folder or a .safetensors file that `zoo.train` has left,
    "zoo.best" for what leads the track's leaderboard and ships with weights, or "hf:user/repo@COMMIT" with 40 hex digits.
    Without one it is the registry's choice for photographs, on the track for photographs; else the track is figures-64 if not
    given. `variant`, `size` and `changes` (`["merge.levels=2"]` or `{"merge.levels": 2}`) choose as on the command line, and
    `weights` is a file of your own instead of the shipped one. `seed` is that of generators which draw noise. With
    `precision` "bf16" the products inside the model are of half precision, with "auto" where the device is made for it:
    `docs/precision.md`. `tell` hears what
    nets see of photos; it is kept in each picture's `notes`, too.

    ZooError for a misspelt name, an impossible mix, and weights that are missing, damaged or another recipe's.
    """
    asked = {"track": track, "variant": variant, "size": size, "changes": changes, "weights": weights}
    found = for_photos(named(recipe, asked))
    return pipeline(
        checked(**{**found, "variant": found["variant"] or FULL, "device": device, "seed": seed, "precision": precision}), tell
    )


def pipeline(request: Request, tell: Callable[[str], object] = log.info) -> "Pipeline":
    """The recipe of a checked request with its weights."""
    import torch

    from zoo.annotation.nets import Annotator
    from zoo.api.pipeline import Pipeline
    from zoo.model import build_context, build_model
    from zoo.ops.device import choose_device
    from zoo.ops.precision import settled
    from zoo.running.weights import stored_weights

    recipe, track = resolve(request, catalog())
    device, defaults = choose_device(request.device), registry().defaults
    # labels come in the recipe's words: people bring them there, each from the vocabulary of their own
    own = recipe.model_copy(update={"remap": None})
    model = build_model(own, build_context(recipe, track, catalog(), seed=request.seed), recipe.regions, catalog())
    weights = stored_weights(request, recipe, track, model)
    model.precision = settled(request.precision, device)
    annotator = Annotator(catalog(), defaults.detector, defaults.parser, device)
    notes = tuple(strangers(request, recipe, track))
    if (request.precision, model.precision) == ("auto", "bf16") and recipe.phases:
        tell(f"painted in bf16, which {device} is fast in; --precision no paints in single precision")
    for note in notes:
        tell(f"warning: {note}")
    model.to(device).to(memory_format=torch.channels_last)  # as in training and in scoring
    return Pipeline(model.eval(), recipe, track, weights, annotator, tell, notes, request.seed)


def strangers(request: Request, recipe: Recipe, track: Track) -> list[str]:
    """What is said of weights that never saw a photo."""
    if request.weights:
        from zoo.store.tensors import read_tensors

        name = read_tensors(request.weights)[1].get("track", track.name)
        track = load_track(catalog().tracks[name]) if name != track.name and name in catalog().tracks.items else track
    if not recipe.phases or "photographs" in catalog().component("dataset", track.dataset.use).gives:
        return []
    return [f"weights of track {track.name} never saw a photo: expect shapes and colours, not this person"]
