"""`zoo transfer`: the person of a photo in another pose, or in another's layout."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zoo.cli import series
from zoo.cli.asking import MODEL, asking
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
from zoo.cli.studio import Studio, check_outputs, check_words, filling, read_frame, reads_parsing
from zoo.errors import ZooError
from zoo.recipes.request import Request

if TYPE_CHECKING:
    from zoo.types import Outcome, Person

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


@asking(*MODEL, of_photos=True)
def command(
    request: Request,
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
) -> None:
    """Put the person of a photo into another pose.

    The person keeps their build, place and background; what the target does not show of a body stays as it was. Joints and
    labels are pixels of their photo, and seen by nets where a photo comes without; the target's are pixels of --target, of
    --target-frame, or of a photo as large as the source. With --target-parsing the source's textures are painted on the
    target's layout (clothing texture transfer), with --back also the other way round. --explain draws flow, visibility, moved
    source, correlation field, relation maps and parsing, as far as the recipe has them.

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
        }  # fmt: skip
        series.refuse(of_one, several)
    else:
        read = [source, source_joints, source_parsing, target, target_joints, target_parsing]
        check_outputs({"--out": out, "--back": back, "--strip": strip}, read, force=force)
        check_empty(explain)
    from zoo.annotation.filling import Photo
    from zoo.editing.transfer import laid_out, transfer
    from zoo.photos import photo_size

    if several:
        me = Photo(source, source_joints, source_parsing, regions, source_person, confidence=confidence)
        them = Photo(source, person=target_person, confidence=confidence)
        frame = read_frame(target_frame, photo_size(source))
        series.command(request, me, them, series.Order(several, out, strip, frame, fit, keep, force))
        return
    own = photo_size(source)
    frame = photo_size(target) if target else read_frame(target_frame, own)
    row = target_name or (target.name if target else None)
    them = Photo(target or source, target_joints, target_parsing, regions, target_person, row, confidence)
    with filling(keep, request) as nets:
        me = Photo(source, source_joints, source_parsing, regions, source_person, confidence=confidence)
        me = nets.filled(me, "source", regions=bool(back) or reads_parsing(request))
        them = nets.filled(them, "target", regions=False)
        studio = Studio.of(request, me.words, fit, with_parsing=me.parsing is not None, with_layout=laid)
        person, other = studio.person(me), studio.person(them) if target else None
        taken = studio.taken(me, them, frame) if build is Build.SOURCE and not laid else None
        pose = studio.placed(taken, own) if taken else studio.pose(them, frame)
        outcome = transfer(studio.model, person, pose)
        if taken:
            studio.write_own(out, outcome, me, taken)
        else:
            studio.write(out, outcome.image, frame)
    panels: list[Person | Outcome] = [person, *([pose] if laid and not other else []), outcome]
    if other:
        panels.insert(1, other)
    if other and back:
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
