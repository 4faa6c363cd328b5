"""`zoo edit`: a person wearing something of another's, or painted on an edited layout."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

import zoo
from zoo.cli import series
from zoo.cli.asking import MODEL, Asked, asking
from zoo.cli.checks import check_outputs, check_pictures, check_words
from zoo.cli.output import say, show
from zoo.cli.people import (
    Confidence,
    Fit,
    FitOption,
    Force,
    Keep,
    Picture,
    Regions,
    SourceJoints,
    SourceParsing,
    SourcePerson,
    Strip,
    TargetParsing,
)
from zoo.errors import ZooError

NAME = "edit"
Photos = Annotated[
    Path, typer.Option(help="The photo of a person. A folder of photos, or a video, makes a folder of pictures, or a video.")
]
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
    asked: Asked,
    source: Annotated[
        Path, typer.Option(help="The photo of a person; a folder of photos, or a video, makes a folder or a video.")
    ],
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

    Of many photos (--source names a folder, or a video) --out is a folder, or a video; --strip is a sheet to look at. The same
    call goes on where it was interrupted, of a video with --keep. What cannot be read or changed is listed.
    """
    laid = bool(target_parsing or relabel or fill)
    other = {"--reference": reference, "--reference-joints": reference_joints, "--reference-parsing": reference_parsing}
    _check(laid, bool(swap), {**other, "--reference-person": reference_person})
    check_words(regions, source_parsing, reference_parsing, target_parsing)
    which: dict[str, Any] = {"joints": source_joints, "regions": regions, "number": source_person, "confidence": confidence}
    several = series.many(source)
    if several:
        series.refuse(NAME, "photo", {"--source-parsing": source_parsing, "--target-parsing": target_parsing}, several)
    else:
        read = [source, source_joints, source_parsing, *other.values(), target_parsing]
        check_pictures({"--out": out, "--strip": strip})
        check_outputs({"--out": out, "--strip": strip}, read, force=force)
    them = None
    if reference:
        them = zoo.person(
            reference, reference_joints, reference_parsing, regions=regions, number=reference_person, confidence=confidence
        )  # fmt: skip
    changes: dict[str, Any] = {"swap": swap or [], "relabel": relabel or [], "fill": fill or [], "fit": fit.value}
    if several:
        order = series.Order(several, out, strip, keep, force, (source_joints, *other.values()))
        series.command(order, "photo", planned(asked, them, which, changes, keep))
        return
    me = zoo.person(source, parsing=source_parsing, **which)
    made = zoo.load(**asked, tell=say).edit(me, them, layout=target_parsing, keep=keep, **changes)
    show(str(made.save(out)))
    if strip:
        show(str(made.save_strip(strip)))


def planned(
    asked: Asked, them: "zoo.Subject | None", which: dict[str, Any], changes: dict[str, Any], keep: Path | None
) -> Callable[[series.Several], series.Work]:
    """The same changes of everybody; `which` tells people apart where a photo shows several."""

    def plan(photos: series.Several) -> series.Work:
        from zoo.editing.relabel import check_changes

        model = zoo.load(**asked, tell=say)
        worn = them and model.annotate(them, role="reference", keep=keep)
        check_changes(
            changes["relabel"], changes["fill"], which["regions"] or model.words or model.annotator.parsing.vocabulary
        )
        quiet = replace(model, tell=lambda text: None)  # of one among many nothing is said
        return series.Work(
            NAME, "photo", "Edited", {**series.identity(model, reference=them), "changes": repr(changes)},
            read=lambda name: quiet.annotate(photos.person(name, **which), keep=keep),
            paint=lambda those: quiet.edit_each(those, worn, **changes),
            said=model.notes,
        )  # fmt: skip

    return plan


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
