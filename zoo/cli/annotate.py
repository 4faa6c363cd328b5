"""`zoo annotate`: joints and regions of photos that come without."""

from pathlib import Path
from typing import Annotated

import typer

from zoo.cli.asking import Device
from zoo.cli.output import say, show
from zoo.errors import ZooError
from zoo.recipes.catalog import catalog
from zoo.recipes.track import load_track
from zoo.store.registry import registry

NAME = "annotate"


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
    named = {"detector": detector or registry().defaults.detector, "parser": parser or registry().defaults.parser}
    catalog().component("detector", named["detector"])
    catalog().component("parser", named["parser"])
    if not photos.exists():
        raise ZooError(f"there is no {photos}", where="zoo annotate", fix="name a photo or a folder of photos", exit_code=2)
    from zoo.annotation.files import joints_file, regions_file
    from zoo.annotation.folder import annotate, photos_in
    from zoo.annotation.nets import Annotator
    from zoo.annotation.sheet import write_contact_sheet
    from zoo.annotation.track import write_track
    from zoo.running import choose_device

    root = photos if photos.is_dir() else photos.parent
    out = out or root
    names = photos_in(root, out) if photos.is_dir() else [photos.name]
    annotator = Annotator(catalog(), **named, device=choose_device(device))
    done = annotate(annotator, root, names, out, person)
    for name, found in done.found.items():
        show(f"{name}  {found}")
    for name, why in done.left_out.items():
        say(f"left out: {name}: {why}")
    if not done.found:
        raise ZooError("no photo could be annotated", where=str(photos), fix="the lines above say why")
    if photos.is_dir():
        like = load_track(catalog().tracks[registry().defaults.track])
        write_track(out / "track.toml", like, root, [*done.found], annotator.parsing.vocabulary)
        show(str(out / "track.toml"))
    else:
        show(f"{joints_file(out, photos.name)}\n{regions_file(out, photos.name)}")
    if sheet:
        write_contact_sheet(sheet, root, out, done.found)
        show(str(sheet))
    before = f", {done.before} of them before" if done.before else ""
    say(f"{len(done.found)} of {len(names)} annotated{before}, by {annotator.detector} and {annotator.parser}")
