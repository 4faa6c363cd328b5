"""`zoo edit`: a person wearing something of another's, or painted on an edited layout."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zoo.cli.asking import MODEL, asking
from zoo.cli.people import (
    Confidence,
    Fit,
    FitOption,
    Force,
    Keep,
    Picture,
    Regions,
    Source,
    SourceJoints,
    SourceParsing,
    SourcePerson,
    Strip,
    TargetParsing,
)
from zoo.cli.studio import Studio, check_outputs, check_words, filling
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


@asking(*MODEL, of_photos=True)
def command(
    request: Request,
    source: Source,
    out: Picture,
    source_joints: SourceJoints = None,
    source_parsing: SourceParsing = None,
    reference: Annotated[Path | None, typer.Option(help="The photo of another person, for --swap.")] = None,
    reference_joints: Annotated[Path | None, typer.Option(help="Their joints.")] = None,
    reference_parsing: Annotated[Path | None, typer.Option(help="Their region labels.")] = None,
    swap: Swap = None,
    relabel: Relabel = None,
    fill: Fill = None,
    target_parsing: TargetParsing = None,
    strip: Strip = None,
    source_person: SourcePerson = None,
    reference_person: Annotated[
        int | None, typer.Option(min=1, help="Which person of the reference, counted from 1; the largest if not given.")
    ] = None,
    confidence: Confidence = None,
    regions: Regions = None,
    fit: FitOption = Fit.PAD,
    force: Force = False,
    keep: Keep = None,
) -> None:
    """Change what a person on a photo wears.

    The person keeps their pose. The regions named by --swap look like the reference's. The layout is painted as
    --target-parsing, --relabel and --fill have it, in words of --regions: sleeves grow or shrink, trousers become a skirt.
    Joints and labels that a photo comes without are seen by nets, the labels in the words of the track: spt10 for photographs.
    """
    laid = bool(target_parsing or relabel or fill)
    other = {"--reference": reference, "--reference-joints": reference_joints, "--reference-parsing": reference_parsing}
    _check(laid, bool(swap), {**other, "--reference-person": reference_person})
    check_words(regions, source_parsing, reference_parsing, target_parsing)
    read = [source, source_joints, source_parsing, *other.values(), target_parsing]
    check_outputs({"--out": out, "--strip": strip}, read, force=force)
    from zoo.annotation.filling import Photo
    from zoo.editing.transfer import edit, laid_out, transfer, without_image
    from zoo.photos import photo_size
    from zoo.regions import vocabulary

    frame = photo_size(source)
    with filling(keep, request) as nets:
        me = Photo(source, source_joints, source_parsing, regions, source_person, confidence=confidence)
        me = nets.filled(me, "source", regions=True)
        them = None
        if reference:
            them = Photo(reference, reference_joints, reference_parsing, me.words, reference_person, confidence=confidence)
            them = nets.filled(them, "reference", regions=True)
        studio = Studio.of(request, me.words, fit, with_parsing=True, with_layout=laid)
        person = studio.person(me)
        target = without_image(person)
        if target_parsing:
            target = studio.pose(replace(me, parsing=target_parsing, name=source.name), frame)
        elif laid:
            target = laid_out(person)
        worn = studio.person(them) if them else None
    target = changed(target, relabel or [], fill or [], studio.labels)
    panels = [person, *([target] if laid else [])]
    if swap and worn:
        panels.append(worn)
        outcome = edit(studio.model, person, worn, swap, vocabulary(studio.recipe.regions), target)
    else:
        outcome = transfer(studio.model, person, target)
    studio.write(out, outcome.image, frame)
    if strip:
        studio.write_strip(strip, [*panels, outcome])


def _check(laid: bool, swap: bool, reference: Mapping[str, object]) -> None:
    """ZooError when there is nothing to change, nobody to take from, or nothing to take."""
    given = [option for option, value in reference.items() if value]
    if not (laid or swap):
        fix = "give --swap, --relabel, --fill or --target-parsing"
        raise ZooError("nothing to change", where="zoo edit", fix=fix, exit_code=2)
    if swap and not reference["--reference"]:
        raise ZooError("--swap needs somebody to take from", where="zoo edit", fix="give --reference, a photo", exit_code=2)
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
