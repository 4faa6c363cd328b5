"""A run = recipe on track: build, load or train, score, record. What `zoo run` and `zoo train` do, without the printing."""

import platform
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch
from torch import nn

from zoo.documents.files import require_writable, sweep, write_atomically
from zoo.documents.progress import Ticker
from zoo.documents.voice import leads, tell
from zoo.errors import ZooError
from zoo.model import Kit, Model, build, build_losses
from zoo.ops.precision import settled
from zoo.recipes.catalog import Catalog
from zoo.recipes.recipe import Recipe
from zoo.recipes.request import OFTEN, Request, describe, resolve, results_folder, run_folder
from zoo.recipes.track import Track
from zoo.recipes.writing import recipe_toml, track_toml
from zoo.results.files import write_record
from zoo.results.folder import note_record, require_own_record
from zoo.results.pairs import PairScores, digest_of
from zoo.results.pictures import Painted
from zoo.results.record import Hardware, PartCost, Record, Times
from zoo.scoring import Scored, protocol, score
from zoo.scoring.profile import profile
from zoo.scoring.scorer import SPLIT, check_scorable
from zoo.scoring.watching import painter
from zoo.store.folder import RECIPE, TIMES, TRACK, WEIGHTS, clear, occupied, require_room
from zoo.store.initial import start_from
from zoo.store.registry import find_weights, locate
from zoo.store.tensors import read_tensors
from zoo.store.weights import claim, load_weights, require_own, save_weights
from zoo.training import processes
from zoo.training.loop import Plan, Trained, train
from zoo.training.stage import frozen_modules
from zoo.training.times import read_seconds, write_seconds
from zoo.training.tracking import Telling, require_tracker


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


@dataclass(frozen=True)
class Training:
    """What a training leaves."""

    weights: Provenance
    folder: Path  # of the run


@dataclass(frozen=True)
class Result:
    """What a run leaves."""

    record: Record
    record_path: Path
    folder: Path
    scored: Scored


def train_recipe(request: Request, catalog: Catalog) -> Training:
    """Train only."""
    choose_device(request.device)
    recipe, track = resolve(request, catalog)
    folder = run_folder(request, recipe, track)
    with _at_work(request, folder, trains=True):
        kit = build(recipe, track, catalog, seed=request.seed)
        with processes.together(request.device):
            return Training(_train(request, recipe, track, kit, catalog, folder), folder)


def run_recipe(request: Request, catalog: Catalog) -> Result:
    """Load or train, score on the track's protocol, write the record into runs/results.

    Under `torchrun` or `accelerate launch` the processes share it: the main one writes, and each returns the same.
    """
    device = choose_device(request.device)
    recipe, track = resolve(request, catalog)
    protocol(track.protocol)  # a misspelt protocol is refused before anything is trained
    folder = run_folder(request, recipe, track)
    trains = request.from_scratch and bool(recipe.phases)
    with _at_work(request, folder, trains=trains):
        kit = build(recipe, track, catalog, seed=request.seed)
        check_scorable(kit, track, request.samples)
        with processes.together(request.device):
            if trains:
                weights = _train(request, recipe, track, kit, catalog, folder)
            else:
                weights = stored_weights(request, recipe, track, kit.model)
                kit.model.precision = settled(request.precision, device)  # what is trained here is scored in single precision
                _keep_scores_of_others(request, recipe, track, folder, weights.seed, weights.sha256)
            with Ticker("scoring", len(kit.data.pairs(SPLIT))) as ticker:
                progress = lambda done, _: ticker.at(done)  # noqa: E731
                scored = score(kit.model, kit, track, device=device, samples=request.samples, progress=progress)

            def write() -> tuple[Record, Path]:
                pairs = PairScores.of(scored.names, scored.people, scored.per_pair, scored.weights).encoded()
                record = _record(request, recipe, track, kit, weights, scored, catalog, digest_of(pairs))
                Painted.of(record.id, scored.samples).save(folder)
                path = write_record(record, results_folder(request), pairs)
                note_record(folder, path)
                return record, path

            record, path = processes.on_main(write)
    return Result(record, path, folder, scored)


@contextmanager
def _at_work(request: Request, folder: Path, *, trains: bool) -> Iterator[None]:
    """The run's folder is its own, and what it will write there can be written, before anything is built.

    Of several processes the leading one sees to it, for all.
    """
    require_tracker(request.track_with)
    if not leads():
        yield
        return
    with occupied(folder):
        require_writable(results_folder(request))
        sweep(results_folder(request))
        if trains and request.force:
            clear(folder)
        elif trains:
            require_room(folder, resume=request.resume)
        yield


def _keep_scores_of_others(
    request: Request, recipe: Recipe, track: Track, folder: Path, seed: int, parameters: str | None = None
) -> None:
    """ZooError where scoring would overwrite another run's scores; `parameters` are this one's, where they are known."""
    if not request.force:
        processes.on_main(lambda: require_own_record(folder, track.digest(), recipe.digest(), seed, parameters))


def stored_weights(request: Request, recipe: Recipe, track: Track, model: Model) -> Provenance:
    """Fill `model` from the file on the command line or from the registry; ZooError where there is neither."""
    if request.weights:
        return _weights_of_ones_own(request.weights, request, recipe, track, model)
    if not recipe.phases:
        return Provenance("none", None, None, request.seed)
    entry = find_weights(recipe.weights_digest(), track.name)
    if entry is None:
        raise ZooError(
            f"no shipped weights for {describe(recipe)} on track {track.name}",
            where="registry.toml",
            fix="zoo train or zoo run --from-scratch trains it, --weights FILE uses your own",
        )
    path = locate(entry)
    load_weights(model, path, architecture=recipe.architecture(), sha256=entry.sha256)
    return Provenance(
        "registry", path, entry.sha256, entry.seed, entry.steps, entry.images_seen, entry.train_seconds, entry.precision,
        track.budget.batch,
    )  # fmt: skip


def _weights_of_ones_own(path: Path, request: Request, recipe: Recipe, track: Track, model: Model) -> Provenance:
    sha256 = load_weights(model, path, architecture=recipe.architecture())
    about = read_tensors(path)[1]
    if (about.get("digest"), about.get("track_digest")) != (recipe.weights_digest(), track.digest()):
        return Provenance("file", path, sha256, request.seed)
    told = claim(about, path)
    seconds = read_seconds(path.parent) if (path.parent / TIMES).exists() else 0.0
    batch = track.budget.batch if told.batch is None else told.batch
    return Provenance(
        "file", path, sha256, told.seed, told.steps, told.images_seen, seconds, told.precision, batch, told.init
    )  # fmt: skip


def _train(request: Request, recipe: Recipe, track: Track, kit: Kit, catalog: Catalog, folder: Path) -> Provenance:
    start = start_from(kit.model, request.init_from) if request.init_from else None
    refuse_untrained(recipe, kit.model, start.taken if start else [])
    for phase in recipe.phases:
        frozen_modules(kit.model, phase)  # one that does not exist is refused before anything is written
    _keep_scores_of_others(request, recipe, track, folder, request.seed)
    mine = {"digest": recipe.weights_digest(), "track_digest": track.digest(), "seed": str(request.seed)}
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
        "architecture": recipe.architecture(), "steps": str(trained.steps), "images_seen": str(trained.images_seen),
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
    load_weights(kit.model, path, architecture=recipe.architecture(), sha256=sha256)
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


def choose_device(wanted: str) -> str:
    """ "auto" is the accelerator if there is one."""
    if wanted == "auto":
        there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
        return next((device for device, available in there.items() if available), "cpu")
    try:
        torch.empty(0, device=wanted)
    except (RuntimeError, AssertionError) as error:
        why = str(error).splitlines()[0]
        if why.startswith("Could not run"):  # torch then lists every kernel it has, on 80 lines
            why = "this machine or this PyTorch has none"
        raise ZooError(
            f"device {wanted!r} cannot be used: {why}", where="--device", fix="use --device cpu", exit_code=2
        ) from error
    return wanted


def _record(
    request: Request, recipe: Recipe, track: Track, kit: Kit, weights: Provenance, scored: Scored, catalog: Catalog,
    pair_scores: str,
) -> Record:  # fmt: skip
    device = choose_device(request.device)
    costs = profile(kit.model, track.size, recipe.sources)
    parts = recipe.parts()
    return Record.new(
        recipe=recipe, track=track, seed=weights.seed, protocol=protocol(track.protocol),
        data=kit.data.digest("test"), weights=weights.sha256, origin=weights.origin,
        steps=weights.steps, images_seen=weights.images_seen, batch=weights.batch, precision=weights.precision,
        init=weights.init,
        scores=scored.summary, pairs=len(scored.names),
        parts={n: PartCost(component=parts[n].use, parameters=c.parameters, macs=c.macs) for n, c in costs.items()},  # type: ignore[index]
        versions=_versions(catalog), hardware=Hardware.of(device, processes.count()),
        times=Times(
            train_seconds=weights.seconds, score_seconds=scored.seconds, images_per_second=scored.images_per_second
        ),
        created=datetime.now(UTC).isoformat(timespec="seconds"), pair_scores=pair_scores, samples=request.samples,
        scoring_precision=kit.model.precision,
    )  # fmt: skip


def _versions(catalog: Catalog) -> dict[str, str]:
    found = {p.distribution: p.version for p in catalog.plugins if not p.error}
    try:
        found["posezoo"] = version("posezoo")
    except PackageNotFoundError:
        found["posezoo"] = "not installed"
    return {**found, "torch": torch.__version__, "python": platform.python_version()}
