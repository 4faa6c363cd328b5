"""`zoo run`: score a recipe on a track, with the shipped weights or trained from scratch."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zoo.cli.board import known_records, run_text
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
    Weights,
    make_request,
)
from zoo.cli.output import say, show
from zoo.documents.names import FULL
from zoo.errors import ZooError
from zoo.recipes.catalog import catalog
from zoo.recipes.track import DEFAULT_TRACK
from zoo.report import Strip, write_report
from zoo.results.leaderboard import leaderboard
from zoo.results.record import Record
from zoo.store.registry import registry

if TYPE_CHECKING:
    from zoo.run import Result

NAME = "run"


def command(
    recipe: Recipe,
    variant: Variant = FULL,
    track: Track = DEFAULT_TRACK,
    changes: Changes = None,
    from_scratch: Annotated[bool, typer.Option("--from-scratch", help="Train first, instead of the shipped weights.")] = False,
    weights: Weights = None,
    steps: Steps = None,
    seed: Seed = 0,
    device: Device = "auto",
    precision: Precision = "no",
    out: Out = None,
    resume: Resume = False,
    root: Root = None,
    json: Json = False,
) -> None:
    """Score a recipe on a track.

    Leaves an immutable record, a report page and a leaderboard row.
    """
    _check(from_scratch, weights, steps, resume)
    request = make_request(
        recipe, variant=variant, track=track, changes=changes or [], from_scratch=from_scratch, weights=weights,
        steps=steps, seed=seed, device=device, precision=precision, out=out, resume=resume, root=root,
    )  # fmt: skip
    from zoo.run import run_recipe

    result = run_recipe(request, catalog())
    records = known_records()
    page = write_page(result, records)
    show(result.record_path.read_text(encoding="utf-8").rstrip() if json else run_text(result.record, records))
    say(f"record: {result.record_path}\nreport: {page}\nrun folder: {result.folder}")


def _check(from_scratch: bool, weights: Path | None, steps: int | None, resume: bool) -> None:
    if from_scratch and weights:
        raise ZooError("--weights and --from-scratch exclude each other", where="zoo run", fix="leave one out", exit_code=2)
    for option, given in (("--steps", steps is not None), ("--resume", resume)):
        if given and not from_scratch:
            raise ZooError(f"{option} is about training", where="zoo run", fix="add --from-scratch", exit_code=2)


def write_page(result: "Result", records: list[Record]) -> Path:
    """The run's report: what it painted, beside every record known here."""
    record, path = result.record, result.folder / "report.html"
    everyone = [*records, record]
    strip = Strip(f"{record.recipe_name}, {record.variant}, on {record.track_name}", result.scored.samples)
    write_report(path, leaderboard(everyone), everyone, [strip], registry().published, keep={record.id})
    return path
