"""`zoo edit`: a person wearing something of another's, or painted on an edited layout."""

from pathlib import Path
from typing import Annotated

import typer

from zoo.cli.asking import MODEL, asking
from zoo.cli.output import show
from zoo.cli.photo import (
    Fit,
    FitOption,
    Picture,
    Regions,
    Source,
    SourceJoints,
    SourcePerson,
    Strip,
    TargetParsing,
    photo_model,
    write_picture,
)
from zoo.errors import ZooError
from zoo.recipes.request import Request

NAME = "edit"


@asking(*MODEL)
def command(
    request: Request,
    source: Source,
    source_joints: SourceJoints,
    source_parsing: Annotated[Path, typer.Option(help="Its region labels: .png or .npy, as large as the photo.")],
    out: Picture,
    reference: Annotated[Path | None, typer.Option(help="The photo of another person, for --swap.")] = None,
    reference_joints: Annotated[Path | None, typer.Option(help="Their joints.")] = None,
    reference_parsing: Annotated[Path | None, typer.Option(help="Their region labels.")] = None,
    swap: Annotated[
        list[str] | None, typer.Option(help="A region of the recipe's vocabulary to take over; repeatable.")
    ] = None,
    relabel: Annotated[
        list[str] | None,
        typer.Option(
            metavar="OLD=NEW[@PART]",
            help="A region that becomes another one, all over or on one part of the body: pants=skirt, upper=l_arm@l_forearm; "
            "repeatable, in this order.",
        ),
    ] = None,
    fill: Annotated[
        list[str] | None, typer.Option(help="A region that, after --relabel, closes its gaps: skirt, between the legs.")
    ] = None,
    target_parsing: TargetParsing = None,
    strip: Strip = None,
    source_person: SourcePerson = None,
    regions: Regions = None,
    fit: FitOption = Fit.PAD,
) -> None:
    """Change what a person on a photo wears.

    The person keeps their pose. The regions named by --swap look like the reference's. The layout is painted as
    --target-parsing, --relabel and --fill have it, in words of --regions: sleeves grow or shrink, trousers become a skirt.
    """
    laid = bool(target_parsing or relabel or fill)
    if not (laid or swap):
        raise ZooError(
            "nothing to change", where="zoo edit", fix="give --swap, --relabel, --fill or --target-parsing", exit_code=2
        )
    if swap and not (reference and reference_joints and reference_parsing):
        raise ZooError("--swap needs somebody to take from", where="zoo edit",
                       fix="give --reference, --reference-joints and --reference-parsing", exit_code=2)  # fmt: skip
    from zoo.editing.relabel import filled, read_relabel, refuse_absent, relabelled
    from zoo.editing.transfer import edit, laid_out, load_person, load_pose, transfer, without_image
    from zoo.editing.transfer import strip as side_by_side
    from zoo.photos import photo_size, write_image
    from zoo.regions import vocabulary

    model, resolved, size = photo_model(request, regions, with_parsing=True, with_layout=laid)
    frame, words = photo_size(source), vocabulary(regions or resolved.regions)
    person = load_person(source, source_joints, source_parsing, regions, size, fit=fit.value, person=source_person)
    target = without_image(person)
    if laid:
        drawn = load_pose(
            source_joints, frame, size, target_parsing, regions, name=source.name, fit=fit.value, person=source_person
        )
        target = drawn if target_parsing else laid_out(person)
        for text in relabel or []:
            change = read_relabel(text, words)
            refuse_absent(target, change.old, f"--relabel {text}", words)
            target = relabelled(target, [change])
        for region in fill or []:
            refuse_absent(target, words.index(region), f"--fill {region}", words)
            target = filled(target, words.index(region), words.index("background"))
    panels = [person, *([target] if laid else [])]
    if swap and reference and reference_joints:
        other = load_person(reference, reference_joints, reference_parsing, regions, size, fit=fit.value)
        outcome = edit(model, person, other, swap, vocabulary(resolved.regions), target)
        panels.append(other)
    else:
        outcome = transfer(model, person, target)
    write_picture(out, outcome.image, frame, size, fit)
    show(str(out))
    if strip:
        write_image(strip, side_by_side([*panels, outcome], words))
        show(str(strip))
