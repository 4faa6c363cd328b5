"""Commands on several photos or poses: a folder of them, or a video, becomes a folder of pictures, or a video."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import zoo
from zoo.cli.checks import check_outputs, check_pictures
from zoo.cli.output import say, show
from zoo.documents.files import write_atomically
from zoo.errors import ZooError
from zoo.recipes.catalog import catalog
from zoo.recipes.trained import as_trained

if TYPE_CHECKING:
    import numpy as np

BATCH = 8  # people that the model takes at once
RATE = Fraction(10)  # pictures a second of a video that is made of a folder
SHOWN = 40  # on a sheet
CALLS = ("transfer.json", "edit.json")  # beside pictures: of what they are made
PICTURES = "pictures"  # a folder
VIDEOS = (".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi")


@dataclass(frozen=True)
class Several:
    """Files that each show a person, or hold the joints of one, in their order."""

    root: Path
    names: tuple[str, ...]
    rate: Fraction = RATE
    drawn: bool = True  # photos, not joints

    def person(self, name: str, frame: tuple[int, int] | None = None, **which: Any) -> "zoo.Subject":
        """Whoever is in the photo, or in the file of joints of a picture of size `frame`; `which` says who of several."""
        if self.drawn:
            return zoo.person(self.root / name, **which)
        return zoo.person(joints=self.root / name, size=frame, **which)


@dataclass(frozen=True)
class Order:
    """What a command was asked for."""

    several: Path  # a folder, or a video
    out: Path  # likewise
    sheet: Path | None
    keep: Path | None
    force: bool
    read: tuple[Path | None, ...]  # what else must not be written over


@dataclass(frozen=True)
class Work:
    """What a command does with each of several."""

    name: str  # of the command
    one: str  # what it calls each
    title: str  # of the sheet
    same: Mapping[str, str]  # what makes its pictures the same, beside where they are from
    read: Callable[[str], "zoo.Subject"]  # one of them by name, with what nets see
    paint: Callable[[Iterable["zoo.Subject"]], Iterator["zoo.Painting"]]  # all of a batch, each as soon as it is painted
    said: tuple[str, ...] = ()  # of every picture, when the model was loaded


@dataclass
class Made:
    """The pictures by the names of what they are made of, and why others are left out."""

    pictures: dict[str, Path] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


def is_video(path: Path) -> bool:
    """Whether the name is a video's."""
    return path.suffix.lower() in VIDEOS


def many(*given: Path | None) -> Path | None:
    """The folder or the video among these, if there is one: it holds several."""
    return next((path for path in given if path and (path.is_dir() or is_video(path))), None)


def refuse(command: str, one: str, of_one: Mapping[str, object], several: Path) -> None:
    """ZooError for options that make sense for a single one."""
    for option, given in of_one.items():
        if given:
            what = f"{option} is for one {one}, and {several} holds several"
            raise ZooError(what, where=f"zoo {command}", fix=f"leave it out, or name one {one}", exit_code=2)


def command(order: Order, one: str, plan: Callable[[Several], Work], *, joints: bool = False) -> None:
    """Do what is planned with each `one` that there is: photos, frames of a video or, where they do, files of joints."""
    out = order.out
    check_pictures({"--strip": order.sheet})
    check_place(out, order.several)
    with places(out, order.keep) as (folder, pictures):
        outputs = {"--strip": order.sheet, **({"--out": out} if is_video(out) else {})}
        check_outputs(outputs, [*order.read, order.several], force=order.force)
        several = found(order.several, pictures, one, joints=joints)
        work = plan(several)
        same = {**work.same, f"{one}s": str(order.several.resolve())}
        begin(folder, work.name, same, force=order.force)
        finish(order, several, work, made_of(work, several, folder))


def check_place(out: Path, several: Path) -> None:
    """ZooError for the name of one picture where there will be several."""
    from zoo.photos.images import SUFFIXES

    if out.suffix.lower() in SUFFIXES and not out.is_dir():
        what = f"{out} is the name of one picture, and {several} holds several"
        raise ZooError(what, where="--out", fix="name a folder, or a video", exit_code=2)


def found(source: Path, folder: Path, one: str = "pose", *, joints: bool = True) -> Several:
    """Those in a folder or a video, whose pictures are unpacked into `folder`; ZooError where there is not `one`."""
    from zoo.annotation.folder import SUFFIXES
    from zoo.photos.video import unpacked

    if not source.is_dir():
        names, rate = unpacked(source, folder)
        return Several(folder, tuple(names), rate)
    files = [p.relative_to(source).as_posix() for p in source.rglob("*") if p.is_file()]
    visible = sorted((n for n in files if not any(part.startswith(".") for part in PurePosixPath(n).parts)), key=_in_order)
    for drawn, suffixes in ((True, SUFFIXES), *([(False, (".json",))] if joints else [])):
        if names := [n for n in visible if n.lower().endswith(suffixes) and PurePosixPath(n).name not in CALLS]:
            return Several(source, tuple(names), drawn=drawn)
    fix = f"photos end in {', '.join(SUFFIXES)}{', joints in .json' * joints}"
    raise ZooError(f"there is no {one} in {source}", where=str(source), fix=fix, exit_code=2)


@contextmanager
def places(out: Path, keep: Path | None) -> Iterator[tuple[Path, Path]]:
    """Where the pictures go, and where those of a video are unpacked: what nobody keeps is gone afterwards."""
    from zoo.photos.video import pyav

    if is_video(out):
        pyav()
    with nullcontext(str(keep)) if keep else TemporaryDirectory() as folder:
        yield (Path(folder) / PICTURES if is_video(out) else out), Path(folder) / "target"


def begin(folder: Path, name: str, same: Mapping[str, str], *, force: bool) -> None:
    """ZooError for a folder that holds other things than pictures of the same call, which is gone on with."""
    told, call = json.dumps(same, indent=2, sort_keys=True).encode(), folder / f"{name}.json"
    if folder.exists() and (not folder.is_dir() or any(path.name not in CALLS for path in folder.iterdir())):
        alike = call.is_file() and call.read_bytes() == told
        if not alike and not force:
            fix = "name a new folder, or add --force"
            raise ZooError(f"{folder} holds something else than this {name}", where="--out", fix=fix, exit_code=2)
        if not alike and folder.is_dir():
            for picture in folder.rglob("*.png"):
                picture.unlink()
    write_atomically(call, told)


def identity(model: "zoo.Pipeline", **photos: "zoo.Subject | None") -> dict[str, str]:
    """What makes pictures the same: photos by their role, the recipe and its weights."""
    from zoo.annotation.files import digest

    own = model.weights.sha256 if model.weights.origin == "file" else None
    given = {role: digest(photo.path) for role, photo in photos.items() if photo and photo.path}
    rounded = {"precision": model.model.precision} if model.model.precision != "no" else {}
    return {**given, **rounded, "recipe": model.recipe.digest(), "weights": own or as_trained(model.recipe, catalog()).digest()}


def made_of(work: Work, several: Several, folder: Path) -> Made:
    """A picture of each in `folder`; what is there is not made again, and no file stops the others."""
    from zoo.documents.progress import Ticker

    made, said = Made(), work.said
    pictures = {name: folder / file for name, file in files_of(several.names).items()}
    made.pictures = {name: path for name, path in pictures.items() if path.exists()}
    todo = [name for name in several.names if name not in made.pictures]
    with Ticker(f"zoo {work.name}", len(several.names), len(made.pictures)) as ticker:
        for names in (todo[i : i + BATCH] for i in range(0, len(todo), BATCH)):
            for name, painting in painted(work, read(work, names, made)):
                if isinstance(painting, ZooError):
                    made.left_out[name] = painting.what
                    continue
                made.pictures[name] = painting.save(pictures[name])
                for note in painting.notes:  # what each of them lost is said once
                    if note not in said:
                        say(note)
                said = (*work.said, *painting.notes)
            ticker.at(len(made.pictures) + len(made.left_out))
    return made


def files_of(names: Sequence[str]) -> dict[str, str]:
    """The picture of each: 1.png of 1.jpg; 1.jpg.png and 1.webp.png where both are there."""
    short = {name: str(PurePosixPath(name).with_suffix(".png")) for name in names}
    often = Counter(short.values())
    return {name: file if often[file] == 1 else f"{name}.png" for name, file in short.items()}


def read(work: Work, names: Iterable[str], made: Made) -> dict[str, "zoo.Subject"]:
    """Those that can be read; the others are left out."""
    seen = {}
    for name in names:
        try:
            seen[name] = work.read(name)
        except ZooError as error:
            made.left_out[name] = error.what
    return seen


def painted(work: Work, seen: Mapping[str, "zoo.Subject"]) -> Iterator[tuple[str, "zoo.Painting | ZooError"]]:
    """Together; where one of them cannot be, one by one, with what was wrong. ZooError for what none of them can be."""
    names, made = iter(seen), work.paint(seen.values())
    try:
        for painting in made:
            yield next(names), painting
    except ZooError as error:
        if len(seen) == 1:
            yield next(names), error
        for name in names:
            yield from painted(work, {name: seen[name]})


def finish(order: Order, several: Several, work: Work, made: Made) -> None:
    """Say what became of them; write the video, and the sheet."""
    from zoo.photos.video import write_video

    for name, why in made.left_out.items():
        say(f"left out: {name}: {why}")
    if not made.pictures:
        raise ZooError(f"no {work.one} could be used", where=str(several.root), fix="the lines above say why")
    if is_video(order.out):
        write_video(order.out, in_time(several, made), several.rate)
        if made.left_out:
            say(f"{order.out} stands still where a {work.one} is left out, so that it keeps its time")
    show(str(order.out))
    if order.sheet:
        write_sheet_of(order.sheet, several, work, made)
        show(str(order.sheet))


def in_time(several: Several, made: Made) -> list[Path]:
    """One picture for each pose: where there is none, the one before, or else the first."""
    last, pictures = next(made.pictures[n] for n in several.names if n in made.pictures), []
    for name in several.names:
        last = made.pictures.get(name, last)
        pictures.append(last)
    return pictures


def write_sheet_of(path: Path, several: Several, work: Work, made: Made) -> None:
    """Some of them beside their pictures, evenly spread."""
    import numpy as np

    from zoo.explain.panels import Cell, Panel
    from zoo.explain.sheets import write_sheet
    from zoo.photos import open_photo

    names = [name for name in several.names if name in made.pictures]
    names = names[:: -(-len(names) // SHOWN)]

    def seen(file: Path) -> "np.ndarray":
        photo = open_photo(file)
        return np.asarray(photo.resize((max(1, round(photo.width * 192 / photo.height)), 192)))

    def pictured(name: str) -> "np.ndarray":
        picture = seen(made.pictures[name])
        return np.concatenate([seen(several.root / name), picture], 1) if several.drawn else picture

    beside = ", each beside its picture." if several.drawn else "."
    note = f"{len(names)} of {len(made.pictures)} {work.one}s, in their order{beside}"
    write_sheet(path, Panel("sheet", work.title, note, tuple(Cell(name, pictured(name)) for name in names)))


def _in_order(name: str) -> list[tuple[int, str]]:
    """So that frame 10 comes after frame 9."""
    return [(int(piece), "") if piece.isdigit() else (-1, piece) for piece in re.split(r"(\d+)", name)]
