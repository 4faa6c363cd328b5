"""`zoo edit`: a person wearing something of another's, or painted on an edited layout."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zoo.cli.asking import MODEL, asking
from zoo.cli.studio import (
    Fit,
    FitOption,
    Force,
    Picture,
    Regions,
    Source,
    SourceJoints,
    SourcePerson,
    Strip,
    Studio,
    TargetParsing,
    check_outputs,
)
from zoo.errors import ZooError
from zoo.recipes.request import Request

if TYPE_CHECKING:
    from zoo.regions import Vocabulary
    from zoo.types import Person

NAME = "edit"
Swap = Annotated[list[str] | None, typer.Option(help="A region of the recipe's vocabulary to take over; repeatable.")]
Relabel = Annotated[
    list[str] | None,
    typer.Option(
        metavar="OLD=NEW[@PART]",
        help="A region that becomes another one, all over or on one part of the body: pants=skirt, upper=l_arm@l_forearm; "
        "repeatable, in this order.",
    ),
]
Fill = Annotated[
    list[str] | None, typer.Option(help="A region that, after --relabel, closes its gaps: skirt, between the legs.")
]


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
    swap: Swap = None,
    relabel: Relabel = None,
    fill: Fill = None,
    target_parsing: TargetParsing = None,
    strip: Strip = None,
    source_person: SourcePerson = None,
    regions: Regions = None,
    fit: FitOption = Fit.PAD,
    force: Force = False,
) -> None:
    """Change what a person on a photo wears.

    The person keeps their pose. The regions named by --swap look like the reference's. The layout is painted as
    --target-parsing, --relabel and --fill have it, in words of --regions: sleeves grow or shrink, trousers become a skirt.
    """
    laid = bool(target_parsing or relabel or fill)
    other = {"--reference": reference, "--reference-joints": reference_joints, "--reference-parsing": reference_parsing}
    _check(laid, bool(swap), other)
    read = [source, source_joints, source_parsing, *other.values(), target_parsing]
    check_outputs({"--out": out, "--strip": strip}, read, force=force)
    from zoo.editing.transfer import edit, laid_out, transfer, without_image
    from zoo.photos import photo_size
    from zoo.regions import vocabulary

    studio = Studio.of(request, regions, fit, with_parsing=True, with_layout=laid)
    frame = photo_size(source)
    person = studio.person(source, source_joints, source_parsing, person=source_person)
    target = without_image(person)
    if target_parsing:
        target = studio.pose(source_joints, frame, target_parsing, name=source.name, person=source_person)
    elif laid:
        target = laid_out(person)
    target = changed(target, relabel or [], fill or [], studio.labels)
    panels = [person, *([target] if laid else [])]
    if swap and reference and reference_joints:
        panels.append(worn := studio.person(reference, reference_joints, reference_parsing))
        outcome = edit(studio.model, person, worn, swap, vocabulary(studio.recipe.regions), target)
    else:
        outcome = transfer(studio.model, person, target)
    studio.write(out, outcome.image, frame)
    if strip:
        studio.write_strip(strip, [*panels, outcome])


def _check(laid: bool, swap: bool, reference: dict[str, Path | None]) -> None:
    """ZooError when there is nothing to change, nobody to take from, or nothing to take."""
    given = [option for option, path in reference.items() if path]
    if not (laid or swap):
        fix = "give --swap, --relabel, --fill or --target-parsing"
        raise ZooError("nothing to change", where="zoo edit", fix=fix, exit_code=2)
    if swap and len(given) < len(reference):
        fix = "give --reference, --reference-joints and --reference-parsing"
        raise ZooError("--swap needs somebody to take from", where="zoo edit", fix=fix, exit_code=2)
    if given and not swap:
        fix = "name a region to take over: --swap"
        raise ZooError(f"{given[0]} is for --swap alone", where="zoo edit", fix=fix, exit_code=2)


def changed(target: "Person", relabel: list[str], fill: list[str], words: "Vocabulary") -> "Person":
    """The target with its regions renamed, then their gaps closed."""
    from zoo.editing.relabel import filled, read_relabel, refuse_absent, relabelled

    for text in relabel:
        change = read_relabel(text, words)
        refuse_absent(target, change.old, f"--relabel {text}", words)
        target = relabelled(target, [change])
    for region in fill:
        refuse_absent(target, words.index(region), f"--fill {region}", words)
        target = filled(target, words.index(region), words.index("background"))
    return target
