"""`zoo transfer`: the person of a photo in another pose, or in another's layout."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zoo.cli.asking import MODEL, asking
from zoo.cli.output import say, show
from zoo.cli.studio import (
    Fit,
    FitOption,
    Force,
    Frame,
    Picture,
    PoseName,
    Regions,
    Source,
    SourceJoints,
    SourceParsing,
    SourcePerson,
    Strip,
    Studio,
    TargetJoints,
    TargetParsing,
    TargetPerson,
    check_outputs,
    read_frame,
)
from zoo.errors import ZooError
from zoo.recipes.request import Request

if TYPE_CHECKING:
    from zoo.types import Outcome, Person

NAME = "transfer"
Target = Annotated[Path | None, typer.Option(help="The photo of the target, for --back and --strip.")]
Back = Annotated[Path | None, typer.Option(help="A picture of the other way: the target's textures on the source's layout.")]
Explain = Annotated[
    Path | None, typer.Option(metavar="DIR", help="A new folder for pictures of what the model knows of the motion.")
]


@asking(*MODEL)
def command(
    request: Request,
    source: Source,
    source_joints: SourceJoints,
    target_joints: TargetJoints,
    out: Picture,
    source_parsing: SourceParsing = None,
    regions: Regions = None,
    target_parsing: TargetParsing = None,
    target: Target = None,
    back: Back = None,
    strip: Strip = None,
    target_name: PoseName = None,
    target_frame: Frame = None,
    source_person: SourcePerson = None,
    target_person: TargetPerson = None,
    fit: FitOption = Fit.PAD,
    explain: Explain = None,
    force: Force = False,
) -> None:
    """Put the person of a photo into another pose.

    Joints and labels are pixels of their photo; the target's are pixels of --target, of --target-frame, or of a photo as
    large as the source. With --target-parsing the source's textures are painted on the target's layout (clothing texture
    transfer), with --back also the other way round. --explain draws flow, visibility, moved source, correlation field, relation
    maps and parsing, as far as the recipe has them.
    """
    laid = target_parsing is not None
    if back and not (target and laid and source_parsing):
        fix = "give --target, --target-parsing and --source-parsing"
        raise ZooError("the way back needs both photos and both parsings", where="--back", fix=fix, exit_code=2)
    if target and target_frame:
        raise ZooError("--target has a frame of its own", where="--target-frame", fix="leave one of the two out", exit_code=2)
    if regions and not (source_parsing or laid):
        raise ZooError("--regions is about labels, and none are given", where="--regions", fix="leave it out", exit_code=2)
    read = [source, source_joints, source_parsing, target, target_joints, target_parsing]
    check_outputs({"--out": out, "--back": back, "--strip": strip}, read, force=force)
    check_empty(explain)
    from zoo.editing.transfer import laid_out, transfer
    from zoo.photos import photo_size

    studio = Studio.of(request, regions, fit, with_parsing=source_parsing is not None, with_layout=laid)
    own = photo_size(source)
    frame = photo_size(target) if target else read_frame(target_frame, own)
    row = target_name or (target.name if target else None)
    person = studio.person(source, source_joints, source_parsing, person=source_person)
    pose = studio.pose(target_joints, frame, target_parsing, name=row, person=target_person)
    outcome = transfer(studio.model, person, pose)
    panels: list[Person | Outcome] = [person, *([pose] if laid and not target else []), outcome]
    studio.write(out, outcome.image, frame)
    if target:
        other = studio.person(target, target_joints, target_parsing, name=row, person=target_person)
        panels.insert(1, other)
        if back:
            panels.append(transfer(studio.model, other, laid_out(person)))
            studio.write(back, panels[-1].image, own)
    if strip:
        studio.write_strip(strip, panels)
    if explain:
        write_explanation(explain, outcome, studio.recipe.regions)


def check_empty(folder: Path | None) -> None:
    """ZooError unless `folder` is empty or does not exist: pictures of an older call would pass for new ones."""
    if folder and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
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
