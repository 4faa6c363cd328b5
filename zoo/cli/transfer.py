"""`zoo transfer`: the person of a photo in another pose."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zoo.cli.options import Changes, Device, Recipe, Track, Variant, Weights, make_request
from zoo.cli.output import say, show
from zoo.cli.photo import (
    Fit,
    FitOption,
    Frame,
    Picture,
    PoseName,
    Regions,
    Source,
    SourceJoints,
    SourceParsing,
    TargetJoints,
    photo_model,
    read_frame,
    write_picture,
)
from zoo.errors import ZooError
from zoo.recipe import FULL
from zoo.track import DEFAULT_TRACK

if TYPE_CHECKING:
    from zoo.types import Outcome

NAME = "transfer"


def command(
    recipe: Recipe,
    source: Source,
    source_joints: SourceJoints,
    target_joints: TargetJoints,
    out: Picture,
    source_parsing: SourceParsing = None,
    regions: Regions = None,
    target_name: PoseName = None,
    target_frame: Frame = None,
    fit: FitOption = Fit.PAD,
    explain: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A new folder for pictures of what the model knows of the motion.")
    ] = None,
    weights: Weights = None,
    variant: Variant = FULL,
    track: Track = DEFAULT_TRACK,
    changes: Changes = None,
    device: Device = "auto",
) -> None:
    """Put the person of a photo into another pose.

    Joints and labels are pixels of the photo; the target joints are pixels of --target-frame, or of a photo of the same size.
    --explain draws flow, visibility, moved source, correlation field, relation maps and parsing, as far as the recipe has them.
    """
    request = make_request(recipe, variant=variant, track=track, changes=changes or [], weights=weights, device=device)
    if explain is not None:
        check_empty(explain)
    from zoo.photos import photo_size
    from zoo.transfer import load_person, load_pose, transfer

    model, resolved, size = photo_model(request, regions, with_parsing=source_parsing is not None)
    frame = read_frame(target_frame, photo_size(source))
    person = load_person(source, source_joints, source_parsing, regions, size, fit=fit.value)
    pose = load_pose(target_joints, frame, size, name=target_name, fit=fit.value)
    outcome = transfer(model, person, pose)
    write_picture(out, outcome.image, frame, size, fit)
    show(str(out))
    if explain is not None:
        write_explanation(explain, outcome, resolved.regions)


def check_empty(folder: Path) -> None:
    """ZooError unless `folder` is empty or does not exist: pictures of an older call would pass for new ones."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        fix = "name a new folder, or empty this one"
        raise ZooError(f"{folder} is not an empty folder", where="--explain", fix=fix, exit_code=2)


def write_explanation(folder: Path, outcome: "Outcome", regions: str) -> None:
    """Write what the outcome can show of itself, and say what it cannot."""
    from zoo.explain import explain
    from zoo.explain.sheets import write_sheets
    from zoo.regions import vocabulary

    explanation = explain(outcome, vocabulary(regions))
    for path in write_sheets(folder, explanation):
        show(str(path))
    for line in explanation.missing:
        say(f"not exposed: {line}")
