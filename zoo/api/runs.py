"""`zoo.run`, `zoo.train`: a recipe on a track."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack

from zoo.api.asking import checked
from zoo.errors import ZooError
from zoo.recipes.catalog import catalog
from zoo.recipes.request import Every, Request, Tracker

if TYPE_CHECKING:
    from zoo.running.scoring import Result
    from zoo.running.training import Training


class Asked(TypedDict, total=False):
    """What is run, and how; the command line's options by the same names, and their defaults."""

    track: str | Path  # a name or a .toml file; figures-64
    variant: str
    size: str  # which of the recipe's sizes; the track's scale
    changes: str | Iterable[str] | Mapping[str, object]  # `["merge.levels=2"]` or `{"merge.levels": 2}`
    init_from: str | Path | None  # weights that training starts from: the parts that fit
    steps: int | None  # the track's budget if None
    batch: int | None  # likewise
    seed: int
    device: str  # auto, cpu, cuda, cuda:1, mps
    precision: Literal["no", "bf16", "auto"]  # of the forward pass in training; in `run` without it, of scoring
    out: str | Path | None  # the run folder; runs/TRACK/RECIPE-VARIANT-seedN
    resume: bool  # go on with a run that was interrupted
    checkpoint_every: Every | str | None  # "200" steps or "60s"
    force: bool  # begin anew where another run is, and delete that
    root: str | Path | None  # where the photos of the track lie
    track_with: Tracker | None  # that is told of the training, too
    samples_every: int | None  # steps; pictures of fixed pairs are kept so often


def run(
    recipe: str | Path, *, weights: str | Path | None = None, from_scratch: bool = False, samples: int = 1,
    **how: Unpack[Asked],
) -> "Result":  # fmt: skip
    """Score a recipe on a track: with the shipped weights, with `weights` of your own, or trained `from_scratch`.

    Of several `samples` of each pair the first is scored, and how far apart they are ("diversity").
    Leaves an immutable record, and scores pair by pair in the run folder. Under torchrun the processes share it. ZooError for a
    wrong call before anything is built, and for weights that are missing.
    """
    request = _request(recipe, how, weights=weights, from_scratch=from_scratch, samples=samples)
    if from_scratch and weights:
        fix = "leave one out, or start training from them: --init-from"
        raise ZooError("--weights and --from-scratch exclude each other", where="zoo run", fix=fix, exit_code=2)
    if not from_scratch and (asked := request.about_training()):
        raise ZooError(f"{asked[0]} is about training", where="zoo run", fix="add --from-scratch", exit_code=2)
    from zoo.running.scoring import run_recipe

    return run_recipe(request, catalog())


def train(recipe: str | Path, **how: Unpack[Asked]) -> "Training":
    """Train a recipe on a track, without scoring; `zoo.load(training.folder)` takes its weights.

    ZooError as of `run`, and for a folder that holds another training.
    """
    request = _request(recipe, how, from_scratch=True)
    from zoo.running.training import train_recipe

    return train_recipe(request, catalog())


def _request(recipe: str | Path, how: Mapping[str, Any], **more: Any) -> Request:
    every = how.get("checkpoint_every")
    return checked(recipe, **{**how, **more, "checkpoint_every": Every.parse(every) if isinstance(every, str) else every})
