"""`zoo transfer`: the person of a photo in another pose, or in another's layout."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zoo.cli.asking import MODEL, asking
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
    SourcePerson,
    Strip,
    TargetJoints,
    TargetParsing,
    TargetPerson,
    photo_model,
    read_frame,
    write_picture,
)
from zoo.errors import ZooError
from zoo.recipes.request import Request

if TYPE_CHECKING:
    from zoo.types import Outcome, Person

NAME = "transfer"


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
    target: Annotated[Path | None, typer.Option(help="The photo of the target, for --back and --strip.")] = None,
    back: Annotated[
        Path | None, typer.Option(help="A picture of the other way: the target's textures on the source's layout.")
    ] = None,
    strip: Strip = None,
    target_name: PoseName = None,
    target_frame: Frame = None,
    source_person: SourcePerson = None,
    target_person: TargetPerson = None,
    fit: FitOption = Fit.PAD,
    explain: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A new folder for pictures of what the model knows of the motion.")
    ] = None,
) -> None:
    """Put the person of a photo into another pose.

    Joints and labels are pixels of their photo; the target's are pixels of --target, of --target-frame, or of a photo as
    large as the source. With --target-parsing the source's textures are painted on the target's layout (clothing texture
    transfer), with --back also the other way round. --explain draws flow, visibility, moved source, correlation field, relation
    maps and parsing, as far as the recipe has them.
    """
    if back and not (target and target_parsing and source_parsing):
        raise ZooError("the way back needs both photos and both parsings", where="--back",
                       fix="give --target, --target-parsing and --source-parsing", exit_code=2)  # fmt: skip
    if explain is not None:
        check_empty(explain)
    from zoo.editing.transfer import laid_out, load_person, load_pose, transfer
    from zoo.editing.transfer import strip as side_by_side
    from zoo.photos import photo_size, write_image
    from zoo.regions import vocabulary

    laid = target_parsing is not None
    model, resolved, size = photo_model(request, regions, with_parsing=source_parsing is not None, with_layout=laid)
    if target and target_frame:
        raise ZooError("--target has a frame of its own", where="--target-frame", fix="leave one of the two out", exit_code=2)
    frame = photo_size(target) if target else read_frame(target_frame, photo_size(source))
    person = load_person(source, source_joints, source_parsing, regions, size, fit=fit.value, person=source_person)
    row = target_name or (target.name if target else None)
    pose = load_pose(target_joints, frame, size, target_parsing, regions, name=row, fit=fit.value, person=target_person)
    if target:
        other = load_person(target, target_joints, target_parsing, regions, size, name=row, fit=fit.value, person=target_person)
    outcome = transfer(model, person, pose)
    panels: list[Person | Outcome] = [person, *([other] if target else [pose] if laid else []), outcome]
    write_picture(out, outcome.image, frame, size, fit)
    show(str(out))
    if back:
        returned = transfer(model, other, laid_out(person))
        panels.append(returned)
        write_picture(back, returned.image, photo_size(source), size, fit)
        show(str(back))
    if strip:
        write_image(strip, side_by_side(panels, vocabulary(regions or resolved.regions)))
        show(str(strip))
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
