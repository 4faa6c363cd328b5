"""`zoo transfer`: the person of a photo in another pose, or in another's layout."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

import zoo
from zoo.cli import series
from zoo.cli.asking import MODEL, Asked, asking
from zoo.cli.checks import check_outputs, check_pictures, check_words, read_frame
from zoo.cli.output import say, show
from zoo.cli.people import (
    Build,
    BuildOption,
    Confidence,
    Fit,
    FitOption,
    Force,
    Frame,
    Keep,
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
)
from zoo.errors import ZooError

NAME = "transfer"
Target = Annotated[
    Path | None,
    typer.Option(
        help="The photo of the target: its pose is taken, seen by a net where --target-joints does not say it. A folder of "
        "photos, or a video, makes a folder of pictures, or a video."
    ),
]
Back = Annotated[Path | None, typer.Option(help="A picture of the other way: the target's textures on the source's layout.")]
Explain = Annotated[
    Path | None, typer.Option(metavar="DIR", help="A new folder for pictures of what the model knows of the motion.")
]

Others = Annotated[
    list[Path] | None,
    typer.Option(metavar="PHOTO", help="Another photo of the source's person, for recipes that read several; repeatable."),
]
Samples = Annotated[int, typer.Option(help="Pictures of the one pose, by a generator of several steps, side by side.")]


@asking(*MODEL, of_photos=True)
def command(
    asked: Asked,
    source: Source,
    out: Picture,
    source_joints: SourceJoints = None,
    target_joints: TargetJoints = None,
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
    confidence: Confidence = None,
    build: BuildOption = Build.SOURCE,
    fit: FitOption = Fit.PAD,
    explain: Explain = None,
    force: Force = False,
    keep: Keep = None,
    samples: Samples = 1,
    others: Others = None,
) -> None:
    """Put the person of a photo into another pose.

    The person keeps their build, place and background; what the target does not show of a body stays as it was. Joints and
    labels are pixels of their photo, and seen by nets where a photo comes without; the target's are pixels of --target, of
    --target-frame, or of a photo as large as the source. With --target-parsing the source's textures are painted on the
    target's layout (clothing texture transfer), with --back also the other way round. --explain draws flow, visibility, moved
    source, correlation field, relation maps and parsing, as far as the recipe has them. A generator of several steps may paint
    several --samples: --out shows them side by side.

    Of many poses (--target or --target-joints names a folder, or --target a video) --out is a folder, or a video; --strip is a
    sheet to look at. The same call goes on where it was interrupted, of a video with --keep. What cannot be read is listed.
    """
    laid = target_parsing is not None
    if not (target or target_joints):
        fix = "give --target, a photo of it, or --target-joints"
        raise ZooError("there is no pose to take", where="zoo transfer", fix=fix, exit_code=2)
    if back and not (target and laid):
        fix = "give --target and --target-parsing"
        raise ZooError("the way back needs both photos and the target's parsing", where="--back", fix=fix, exit_code=2)
    if target and target_frame:
        raise ZooError("--target has a frame of its own", where="--target-frame", fix="leave one of the two out", exit_code=2)
    check_words(regions, source_parsing, target_parsing)
    several = series.many(target, target_joints)
    if several:
        of_one = {
            "--back": back, "--explain": explain, "--target-parsing": target_parsing, "--target-name": target_name,
            "--build target": build is Build.TARGET, "--target and --target-joints": target and target_joints,
            "--samples": samples > 1,
        }  # fmt: skip
        series.refuse(NAME, "pose", of_one, several)
    else:
        read = [source, source_joints, source_parsing, target, target_joints, target_parsing, *(others or [])]
        outputs = {"--out": out, "--back": back, "--strip": strip}
        check_pictures(outputs)
        check_outputs(outputs, read, force=force)
        check_empty(explain)
    me = zoo.person(
        source, source_joints, source_parsing, regions=regions, number=source_person, confidence=confidence
    )  # fmt: skip
    album = [zoo.person(photo, confidence=confidence) for photo in others or []]
    if several:
        which = {"frame": read_frame(target_frame, me.size), "number": target_person, "confidence": confidence}
        order = series.Order(several, out, strip, keep, force, (source, *(others or [])))
        series.command(order, "pose", planned(asked, me, album, which, fit, keep), joints=True)
        return
    them = zoo.person(
        target, target_joints, target_parsing, regions=regions if laid else None, number=target_person, name=target_name,
        confidence=confidence, size=None if target else read_frame(target_frame, me.size),
    )  # fmt: skip
    model = zoo.load(**asked, tell=say)
    made = model.transfer(me, them, build=build.value, layout=laid, fit=fit.value, keep=keep, samples=samples, others=album)
    write(out, made)
    ways = []
    if back:
        ways = [model.transfer(made.pose, made.source, layout=True, fit=fit.value, keep=keep)]
        write(back, ways[0])
    if strip:
        show(str(made.save_strip(strip, *ways)))
    if explain:
        write_explanation(explain, made)


def planned(
    asked: Asked, me: "zoo.Subject", album: list["zoo.Subject"], which: dict[str, Any], fit: Fit, keep: Path | None
) -> Callable[[series.Several], series.Work]:
    """Me, of whom `album` has more photos, in every pose; `which` tells people apart where a photo shows several."""

    def plan(poses: series.Several) -> series.Work:
        model = zoo.load(**asked, tell=say)
        seen, *more = [model.annotate(one, regions=model.reads_parsing, keep=keep) for one in (me, *album)]
        same = series.identity(model, source=me, **{f"other{i}": one for i, one in enumerate(album, 1)})
        quiet = replace(model, tell=lambda text: None)  # of one among many nothing is said
        return series.Work(
            NAME, "pose", "In their poses", same,
            read=lambda name: quiet.annotate(poses.person(name, **which), regions=False, role="target", keep=keep),
            paint=lambda those: quiet.transfer_each(seen, those, fit=fit.value, others=more),
            said=model.notes,
        )  # fmt: skip

    return plan


def write(path: Path, made: "zoo.Painting") -> None:
    """Write a picture, or its samples, and say where."""
    show(str(made.save_samples(path)))


def check_empty(folder: Path | None) -> None:
    """ZooError unless `folder` is empty or does not exist: pictures of an older call would pass for new ones."""
    if folder and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        fix = "name a new folder, or empty this one"
        raise ZooError(f"{folder} is not an empty folder", where="--explain", fix=fix, exit_code=2)


def write_explanation(folder: Path, made: "zoo.Painting") -> None:
    """Write what the outcome can show of itself, and say what it cannot."""
    explanation = made.explain()
    for path in explanation.save(folder):
        show(str(path))
    for line in explanation.missing:
        say(f"not exposed: {line}")
