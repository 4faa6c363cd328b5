"""`zoo transfer`: the person of a photo in another pose, or in another's layout."""

from pathlib import Path
from typing import Annotated

import typer

from zoo.cli.options import Changes, Device, Recipe, Track, Variant, Weights, make_request
from zoo.cli.output import show
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
    Strip,
    TargetJoints,
    TargetParsing,
    photo_model,
    read_frame,
    write_picture,
)
from zoo.errors import ZooError
from zoo.recipe import FULL
from zoo.track import DEFAULT_TRACK

NAME = "transfer"


def command(
    recipe: Recipe,
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
    fit: FitOption = Fit.PAD,
    weights: Weights = None,
    variant: Variant = FULL,
    track: Track = DEFAULT_TRACK,
    changes: Changes = None,
    device: Device = "auto",
) -> None:
    """Put the person of a photo into another pose.

    Joints and labels are pixels of their photo; the target's are pixels of --target, of --target-frame, or of a photo as
    large as the source. With --target-parsing the source's textures are painted on the target's layout (clothing texture
    transfer), with --back also the other way round.
    """
    if back and not (target and target_parsing and source_parsing):
        raise ZooError("the way back needs both photos and both parsings", where="--back",
                       fix="give --target, --target-parsing and --source-parsing", exit_code=2)  # fmt: skip
    request = make_request(recipe, variant=variant, track=track, changes=changes or [], weights=weights, device=device)
    from zoo.photos import photo_size, write_image
    from zoo.transfer import laid_out, load_person, load_pose, transfer
    from zoo.transfer import strip as side_by_side
    from zoo.types import Outcome, Person

    layout = target_parsing is not None
    model, _, size = photo_model(request, regions, with_parsing=source_parsing is not None, with_layout=layout)
    frame = photo_size(target) if target else read_frame(target_frame, photo_size(source))
    person = load_person(source, source_joints, source_parsing, regions, size, fit=fit.value)
    pose = load_pose(target_joints, frame, size, target_parsing, regions, name=target_name, fit=fit.value)
    if target:
        other = load_person(target, target_joints, target_parsing, regions, size, name=target_name, fit=fit.value)
    moved = transfer(model, person, pose)
    panels: list[Person | Outcome] = [person, *([other] if target else [pose] if layout else []), moved]
    write_picture(out, moved.image, frame, size, fit)
    show(str(out))
    if back:
        returned = transfer(model, other, laid_out(person))
        panels.append(returned)
        write_picture(back, returned.image, photo_size(source), size, fit)
        show(str(back))
    if strip:
        write_image(strip, side_by_side(panels))
        show(str(strip))
