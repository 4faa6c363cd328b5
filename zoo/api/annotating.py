"""`zoo.annotate`: joints and regions of photos that come without."""

from dataclasses import dataclass
from pathlib import Path

from zoo.annotation.files import Found, joints_file, regions_file
from zoo.annotation.folder import annotate as annotate_all
from zoo.annotation.folder import photos_in
from zoo.annotation.nets import Annotator
from zoo.annotation.sheet import write_contact_sheet
from zoo.annotation.track import write_track
from zoo.documents.columns import table
from zoo.errors import ZooError
from zoo.ops.device import choose_device
from zoo.recipes.catalog import catalog
from zoo.recipes.track import load_track
from zoo.store.registry import registry


@dataclass(frozen=True, eq=False)
class Annotations:
    """What was seen in photos, and where it is written."""

    root: Path  # of the photos
    out: Path  # joints/NAME_keypoints.json and regions/NAME.png
    found: dict[str, Found]  # by the photo's name in `root`
    left_out: dict[str, str]  # why
    before: int  # of those found, by an earlier call
    track: Path | None  # of a folder: a track on which they can be trained and scored
    nets: tuple[str, str]  # that looked: the detector, the parser

    def files(self, name: str) -> tuple[Path, Path]:
        """The joints and the regions of a photo."""
        return joints_file(self.out, name), regions_file(self.out, name)

    def table(self) -> str:
        """A line for each photo."""
        return table(["photo", "what was seen"], [[name, str(found)] for name, found in self.found.items()])

    def save_sheet(self, path: str | Path) -> Path:
        """Write a picture of the result to look at."""
        write_contact_sheet(Path(path), self.root, self.out, self.found)
        return Path(path)


def annotate(
    photos: str | Path, *, out: str | Path | None = None, person: int | None = None, detector: str = "", parser: str = "",
    device: str = "auto",
) -> Annotations:  # fmt: skip
    """See the joints and regions of people in a photo, or in a folder of photos, and write them as every command reads them.

    They go beside the photos or into `out`; of a folder there is a track as well. `person` is the number of the one meant, the
    largest first. What is done is not done again; what cannot be read, or shows nobody, is left out and named. ZooError for
    nets that are none, and where no photo could be annotated.
    """
    named = {"detector": detector or registry().defaults.detector, "parser": parser or registry().defaults.parser}
    for kind, name in named.items():
        catalog().component(kind, name)  # type: ignore[arg-type]
    place = Path(photos)
    if not place.exists():
        raise ZooError(
            f"there is no file or folder {place}", where="zoo annotate", fix="name a photo or a folder of photos", exit_code=2
        )
    root = place if place.is_dir() else place.parent
    into = Path(out) if out else root
    nets = Annotator(catalog(), **named, device=choose_device(device))
    done = annotate_all(nets, root, photos_in(root, into) if place.is_dir() else [place.name], into, person)
    if not done.found:
        why = "; ".join(f"{name}: {text}" for name, text in done.left_out.items())
        raise ZooError("no photo could be annotated", where=str(place), fix=why)
    track = into / "track.toml" if place.is_dir() else None
    if track:
        like = load_track(catalog().tracks[registry().defaults.track])
        write_track(track, like, root, [*done.found], nets.parsing.vocabulary)
    return Annotations(root, into, done.found, done.left_out, done.before, track, (nets.detector, nets.parser))
