"""`zoo annotate`: joints and regions of photos that come without."""

from pathlib import Path
from typing import Annotated

import typer

import zoo
from zoo.cli.asking import Device
from zoo.cli.checks import check_pictures
from zoo.cli.output import say, show


def command(
    photos: Annotated[Path, typer.Argument(help="A photo, or a folder of photos.")],
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where to write; beside the photos if not given.")] = None,
    person: Annotated[
        int | None, typer.Option(min=1, help="Which person of each photo, counted from 1, the largest first.")
    ] = None,
    detector: Annotated[str, typer.Option(help="The net that finds joints (zoo list detector).")] = "",
    parser: Annotated[str, typer.Option(help="The net that finds regions (zoo list parser).")] = "",
    sheet: Annotated[Path | None, typer.Option(metavar="PNG", help="A picture of the result to look at.")] = None,
    device: Device = "auto",
) -> None:
    """Find the joints and regions of people in photos.

    Joints go to joints/NAME_keypoints.json (OpenPose), regions to regions/NAME.png, as every command reads them; of a folder
    there is a track.toml for zoo run. With sub-folders, each shows one person. A photo that is done is not done again; one
    that cannot be read or shows nobody is listed.
    """
    check_pictures({"--sheet": sheet})
    done = zoo.annotate(photos, out=out, person=person, detector=detector, parser=parser, device=device)
    for name, found in done.found.items():
        show(f"{name}  {found}")
    for name, why in done.left_out.items():
        say(f"left out: {name}: {why}")
    if done.track:
        show(str(done.track))
    else:
        show("\n".join(str(path) for name in done.found for path in done.files(name)))
    if sheet:
        show(str(done.save_sheet(sheet)))
    before = f", {done.before} of them before" if done.before else ""
    count = len(done.found) + len(done.left_out)
    say(f"{len(done.found)} of {count} annotated{before}, by {' and '.join(done.nets)}")
