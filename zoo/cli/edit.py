"""`zoo edit`: a person wearing something of another's."""

from pathlib import Path
from typing import Annotated

import typer

from zoo.cli.options import Changes, Device, Recipe, Track, Variant, Weights, make_request
from zoo.cli.output import show
from zoo.cli.photo import Fit, FitOption, Picture, Regions, Source, SourceJoints, photo_model, write_picture
from zoo.recipe import FULL
from zoo.track import DEFAULT_TRACK

NAME = "edit"


def command(
    recipe: Recipe,
    source: Source,
    source_joints: SourceJoints,
    source_parsing: Annotated[Path, typer.Option(help="Its region labels: .png or .npy, as large as the photo.")],
    reference: Annotated[Path, typer.Option(help="The photo of the other person.")],
    reference_joints: Annotated[Path, typer.Option(help="Their joints.")],
    reference_parsing: Annotated[Path, typer.Option(help="Their region labels.")],
    swap: Annotated[list[str], typer.Option(help="A region of the recipe's vocabulary to take over; repeatable.")],
    out: Picture,
    regions: Regions = None,
    fit: FitOption = Fit.PAD,
    weights: Weights = None,
    variant: Variant = FULL,
    track: Track = DEFAULT_TRACK,
    changes: Changes = None,
    device: Device = "auto",
) -> None:
    """Swap regions of a photo for a reference's.

    The person keeps their pose; the regions named by --swap look like the reference's.
    """
    request = make_request(recipe, variant=variant, track=track, changes=changes or [], weights=weights, device=device)
    from zoo.photos import photo_size
    from zoo.regions import vocabulary
    from zoo.transfer import edit, load_person

    model, resolved, size = photo_model(request, regions, with_parsing=True)
    person = load_person(source, source_joints, source_parsing, regions, size, fit=fit.value)
    other = load_person(reference, reference_joints, reference_parsing, regions, size, fit=fit.value)
    outcome = edit(model, person, other, swap, vocabulary(resolved.regions))
    write_picture(out, outcome.image, photo_size(source), size, fit)
    show(str(out))
