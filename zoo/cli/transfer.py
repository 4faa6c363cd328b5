"""`zoo transfer`: the person of a photo in another pose."""

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
    TargetJoints,
    photo_model,
    read_frame,
    write_picture,
)
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

    Joints and labels are pixels of the photo; the target joints are pixels of --target-frame, or of a photo of the same size.
    """
    request = make_request(recipe, variant=variant, track=track, changes=changes or [], weights=weights, device=device)
    from zoo.photos import photo_size
    from zoo.transfer import load_person, load_pose, transfer

    model, _, size = photo_model(request, regions, with_parsing=source_parsing is not None)
    frame = read_frame(target_frame, photo_size(source))
    person = load_person(source, source_joints, source_parsing, regions, size, fit=fit.value)
    pose = load_pose(target_joints, frame, size, name=target_name, fit=fit.value)
    write_picture(out, transfer(model, person, pose).image, frame, size, fit)
    show(str(out))
