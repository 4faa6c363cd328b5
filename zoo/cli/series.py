"""`zoo transfer` of many poses: a folder of photos or of joints files, or a video, as a folder of pictures, or a video."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import zoo
from zoo.cli.asking import Asked
from zoo.cli.checks import check_outputs
from zoo.cli.output import say, show
from zoo.cli.people import Fit
from zoo.documents.files import write_atomically
from zoo.errors import ZooError

if TYPE_CHECKING:
    import numpy as np

BATCH = 8  # poses that the model takes at once
RATE = Fraction(10)  # pictures a second of a video that is made of a folder
SHOWN = 40  # poses on a sheet
CALL = "transfer.json"  # beside pictures: of which photo they are
PICTURES = "pictures"  # a folder
VIDEOS = (".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi")


@dataclass(frozen=True)
class Poses:
    """Files that each show a pose, or hold its joints, in their order."""

    root: Path
    names: tuple[str, ...]
    rate: Fraction = RATE
    drawn: bool = True  # photos, not joints

    def person(self, name: str, frame: tuple[int, int], **which: Any) -> "zoo.Subject":
        """Whoever is in the photo, or in the file of joints of a picture of size `frame`; `which` says who of several."""
        if self.drawn:
            return zoo.person(self.root / name, **which)
        return zoo.person(joints=self.root / name, size=frame, **which)


@dataclass(frozen=True)
class Order:
    """What is to be made of which poses."""

    several: Path  # a folder, or a video
    out: Path  # likewise
    sheet: Path | None
    frame: tuple[int, int]  # of the picture that files of joints are of
    fit: Fit
    keep: Path | None
    force: bool


@dataclass
class Made:
    """The pictures by the names of their poses, and why others are left out."""

    pictures: dict[str, Path] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


def is_video(path: Path) -> bool:
    """Whether the name is a video's."""
    return path.suffix.lower() in VIDEOS


def many(target: Path | None, joints: Path | None) -> Path | None:
    """The folder or video that holds the poses, if they are several."""
    return next((p for p in (target, joints) if p and (p.is_dir() or (p is target and is_video(p)))), None)


def refuse(of_one: Mapping[str, object], several: Path) -> None:
    """ZooError for options that make sense for one pose alone."""
    for option, given in of_one.items():
        if given:
            what = f"{option} is for one pose, and {several} holds several"
            raise ZooError(what, where="zoo transfer", fix="leave it out, or name one pose", exit_code=2)


def command(asked: Asked, me: "zoo.Subject", which: dict[str, Any], order: Order) -> None:
    """Put `me` into every pose that there is; `which` tells people apart where a photo shows several."""
    out = order.out
    with places(out, order.keep) as (folder, pictures):
        outputs = {"--strip": order.sheet, **({"--out": out} if is_video(out) else {})}
        check_outputs(outputs, [me.path, order.several], force=order.force)
        poses = found(order.several, pictures)
        model = zoo.load(**asked, tell=say)
        begin(folder, identity(me, model, order.several), force=order.force)
        me = model.annotate(me, regions=model.reads_parsing, keep=order.keep)
        finish(order, poses, transfer_all(model, me, which, poses, order, folder))


def found(source: Path, folder: Path) -> Poses:
    """The poses in a folder or a video, whose pictures are unpacked into `folder`; ZooError where there are none."""
    from zoo.annotation.folder import SUFFIXES
    from zoo.photos.video import unpacked

    if not source.is_dir():
        names, rate = unpacked(source, folder)
        return Poses(folder, tuple(names), rate)
    files = [p.relative_to(source).as_posix() for p in source.rglob("*") if p.is_file()]
    visible = sorted((n for n in files if not any(part.startswith(".") for part in PurePosixPath(n).parts)), key=_in_order)
    for drawn, suffixes in ((True, SUFFIXES), (False, (".json",))):
        if names := [n for n in visible if n.lower().endswith(suffixes) and PurePosixPath(n).name != CALL]:
            return Poses(source, tuple(names), drawn=drawn)
    fix = f"photos end in {', '.join(SUFFIXES)}, joints in .json"
    raise ZooError(f"there is no pose in {source}", where=str(source), fix=fix, exit_code=2)


@contextmanager
def places(out: Path, keep: Path | None) -> Iterator[tuple[Path, Path]]:
    """Where the pictures go, and where those of a video are unpacked: what nobody keeps is gone afterwards."""
    from zoo.photos.video import pyav

    if is_video(out):
        pyav()
    with nullcontext(str(keep)) if keep else TemporaryDirectory() as folder:
        yield (Path(folder) / PICTURES if is_video(out) else out), Path(folder) / "target"


def begin(folder: Path, asked: dict[str, str], *, force: bool) -> None:
    """ZooError for a folder that holds other things than pictures of the same call, which is gone on with."""
    told = json.dumps(asked, indent=2, sort_keys=True).encode()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        same = (folder / CALL).is_file() and (folder / CALL).read_bytes() == told
        if not same and not force:
            fix = "name a new folder, or add --force"
            raise ZooError(f"{folder} holds something else than this transfer", where="--out", fix=fix, exit_code=2)
        if not same and folder.is_dir():
            for picture in folder.rglob("*.png"):
                picture.unlink()
    write_atomically(folder / CALL, told)


def identity(me: "zoo.Subject", model: "zoo.Pipeline", several: Path) -> dict[str, str]:
    """What makes pictures the same: the photo, the recipe and its weights, where the poses are from."""
    from zoo.annotation.files import digest

    assert me.path is not None, "a photo on the command line is a file"
    own = model.weights.sha256 if model.weights.origin == "file" else None
    return {
        "source": digest(me.path), "recipe": model.recipe.digest(), "weights": own or model.recipe.weights_digest(),
        "poses": str(several.resolve()),
    }  # fmt: skip


def transfer_all(
    model: "zoo.Pipeline", me: "zoo.Subject", which: dict[str, Any], poses: Poses, order: Order, folder: Path
) -> Made:  # fmt: skip
    """Me in every pose, as pictures in `folder`; what is there is not made again, and no file stops the others."""
    from zoo.documents.progress import Ticker

    made = Made()
    pictures = {name: (folder / name).with_suffix(".png") for name in poses.names}
    made.pictures = {name: path for name, path in pictures.items() if path.exists()}
    todo, quiet, said = [name for name in poses.names if name not in made.pictures], replace(model, tell=_unheard), model.notes
    with Ticker("transferring", len(poses.names), len(made.pictures)) as ticker:
        for names in (todo[i : i + BATCH] for i in range(0, len(todo), BATCH)):
            seen = {}
            for name in names:
                try:
                    seen[name] = quiet.annotate(
                        poses.person(name, order.frame, **which), regions=False, role="target", keep=order.keep
                    )
                except ZooError as error:
                    made.left_out[name] = error.what
            for name, painting in zip(seen, quiet.transfer_each(me, seen.values(), fit=order.fit.value), strict=True):
                made.pictures[name] = painting.save(pictures[name])
                for note in painting.notes:  # what each of them lost is said once
                    if note not in said:
                        say(note)
                said = painting.notes
            ticker.at(len(made.pictures) + len(made.left_out))
    return made


def finish(order: Order, poses: Poses, made: Made) -> None:
    """Say what became of the poses; write the video, and the sheet."""
    from zoo.photos.video import write_video

    for name, why in made.left_out.items():
        say(f"left out: {name}: {why}")
    if not made.pictures:
        raise ZooError("no pose could be taken", where=str(poses.root), fix="the lines above say why")
    if is_video(order.out):
        write_video(order.out, in_time(poses, made), poses.rate)
        if made.left_out:
            say(f"{order.out} stands still where a pose is left out, so that it keeps its time")
    show(str(order.out))
    if order.sheet:
        write_sheet_of(order.sheet, poses, made)
        show(str(order.sheet))


def in_time(poses: Poses, made: Made) -> list[Path]:
    """One picture for each pose: where there is none, the one before, or else the first."""
    last, pictures = next(made.pictures[n] for n in poses.names if n in made.pictures), []
    for name in poses.names:
        last = made.pictures.get(name, last)
        pictures.append(last)
    return pictures


def write_sheet_of(path: Path, poses: Poses, made: Made) -> None:
    """Some of the poses beside their pictures, evenly spread."""
    import numpy as np

    from zoo.explain.panels import Cell, Panel
    from zoo.explain.sheets import write_sheet
    from zoo.photos import open_photo

    names = [name for name in poses.names if name in made.pictures]
    names = names[:: -(-len(names) // SHOWN)]

    def seen(file: Path) -> "np.ndarray":
        photo = open_photo(file)
        return np.asarray(photo.resize((max(1, round(photo.width * 192 / photo.height)), 192)))

    def pictured(name: str) -> "np.ndarray":
        picture = seen(made.pictures[name])
        return np.concatenate([seen(poses.root / name), picture], 1) if poses.drawn else picture

    note = f"{len(names)} of {len(made.pictures)} poses, in their order" + (
        ", each beside its picture." if poses.drawn else "."
    )
    write_sheet(path, Panel("sheet", "In their poses", note, tuple(Cell(name, pictured(name)) for name in names)))


def _in_order(name: str) -> list[tuple[int, str]]:
    """So that frame 10 comes after frame 9."""
    return [(int(piece), "") if piece.isdigit() else (-1, piece) for piece in re.split(r"(\d+)", name)]


def _unheard(text: str) -> None:
    """Of one among many poses nothing is said."""
