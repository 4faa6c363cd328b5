"""A whole run: loaded or trained, scored on the track's protocol, recorded."""

import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

from zoo.documents.progress import Ticker
from zoo.model import Kit, build
from zoo.ops.device import choose_device
from zoo.ops.precision import settled
from zoo.recipes.catalog import Catalog
from zoo.recipes.recipe import Recipe
from zoo.recipes.request import Request, resolve, results_folder, run_folder
from zoo.recipes.track import Track
from zoo.results.files import write_record
from zoo.results.folder import note_record
from zoo.results.hardware import Hardware
from zoo.results.pairs import PairScores, digest_of
from zoo.results.pictures import Painted
from zoo.results.record import PartCost, Record, Times
from zoo.running.folder import claimed, keep_scores_of_others
from zoo.running.training import trained_weights
from zoo.running.weights import Provenance, stored_weights
from zoo.scoring import Scored, protocol, score
from zoo.scoring.profile import profile
from zoo.scoring.scorer import SPLIT, check_scorable
from zoo.training import processes


@dataclass(frozen=True)
class Result:
    """What a run leaves."""

    record: Record
    record_path: Path
    folder: Path
    scored: Scored


def run_recipe(request: Request, catalog: Catalog) -> Result:
    """Load or train, score on the track's protocol, write the record into runs/results.

    Under `torchrun` or `accelerate launch` the processes share it: the main one writes, and each returns the same.
    """
    device = choose_device(request.device)
    recipe, track = resolve(request, catalog)
    protocol(track.protocol)  # a misspelt protocol is refused before anything is trained
    folder = run_folder(request, recipe, track)
    trains = request.from_scratch and bool(recipe.phases)
    with claimed(request, folder, trains=trains):
        kit = build(recipe, track, catalog, seed=request.seed)
        check_scorable(kit, track, request.samples)
        with processes.together(request.device):
            if trains:
                weights = trained_weights(request, recipe, track, kit, catalog, folder)
            else:
                weights = stored_weights(request, recipe, track, kit.model)
                kit.model.precision = settled(request.precision, device)  # what is trained here is scored in single precision
                keep_scores_of_others(request, recipe, track, folder, weights.seed, weights.sha256)
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


def _record(
    request: Request, recipe: Recipe, track: Track, kit: Kit, weights: Provenance, scored: Scored, catalog: Catalog,
    pair_scores: str,
) -> Record:  # fmt: skip
    device = choose_device(request.device)
    costs = profile(kit.model, track.size, recipe.photos)
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
