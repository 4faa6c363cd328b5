"""Photos annotated one after the other; what was done before is not done again, and no photo stops the others."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from zoo.annotation.files import JOINTS, REGIONS, Found, digest, read_found, write_found
from zoo.annotation.nets import Annotator
from zoo.documents.progress import ticking
from zoo.errors import ZooError
from zoo.photos.subject import subject

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")


@dataclass
class Annotated:
    """What became of the photos, by their names relative to their folder."""

    found: dict[str, Found] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)  # why
    before: int = 0  # of those found, by an earlier call


def photos_in(root: Path, out: Path) -> list[str]:
    """Every photo in a folder and its sub-folders, but nothing hidden and none of the files of `out`."""
    ours = {(out / name).resolve() for name in (JOINTS, REGIONS)}
    found = sorted(
        p for p in root.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file() and not ours & {*p.resolve().parents}
    )
    names = [
        p.relative_to(root).as_posix() for p in found if not any(part.startswith(".") for part in p.relative_to(root).parts)
    ]
    if not names:
        raise ZooError(f"there is no photo in {root}", where=str(root), fix=f"photos end in {', '.join(SUFFIXES)}", exit_code=2)
    stems: dict[str, str] = {}
    for name in names:
        other = stems.setdefault(name.rpartition(".")[0], name)
        if other != name:
            raise ZooError(
                f"{other} and {name} would share their files", where=str(root), fix="rename one of them", exit_code=2
            )
    return names


def annotate(annotator: Annotator, root: Path, names: Sequence[str], out: Path, person: int | None = None) -> Annotated:
    """Write joints and regions of the photos `names` of the folder `root` into `out`."""
    done = Annotated()
    for name in ticking(names, "annotating", len(names)):
        try:
            done.found[name], before = annotated(annotator, root / name, out, name, person)
            done.before += before
        except ZooError as error:
            done.left_out[name] = error.what
    return done


def annotated(
    annotator: Annotator, photo: Path, out: Path, name: str, person: int | None = None, *, regions: bool = True
) -> tuple[Found, bool]:  # fmt: skip
    """What the nets see in a photo, written into `out` as of the photo `name`; and whether an earlier call had written it."""
    content, parser = digest(photo), annotator.parser if regions else ""
    known = read_found(out, name)
    if known and (known.photo, known.detector, known.parser, known.person) == (
        content,
        annotator.detector,
        parser,
        person or 1,
    ):
        return known, True
    seen = annotator.look(subject(photo, number=person), regions=regions)
    found = Found.of(seen, annotator, content, regions=regions)
    write_found(out, name, seen, found)
    return found, False
