"""Photos in a folder, with joints and region maps beside them."""

import logging
from collections.abc import Iterator
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, ClassVar

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context
from zoo.photos import Fit
from zoo.photos.detections import read_picture, read_pictures
from zoo.photos.joints import Nobody, one_person
from zoo.photos.sightings import Picture, Skeleton
from zoo_datasets.collection import Collection, beside
from zoo_datasets.frames import Frame
from zoo_datasets.kept import MEMORY, Memory
from zoo_datasets.names import Names, spelt, who
from zoo_datasets.pictures import matching
from zoo_datasets.shards import Place
from zoo_datasets.skeletons import Skeletons
from zoo_datasets.splits import listed, listed_pairs, share

LABELS = (".npy", ".png")
SKELETONS = ("_keypoints.json", "_candidate.txt", ".json", ".txt", ".npy")
ALL, PERSON, UNPAIRED = "all", "person", "unpaired"

log = logging.getLogger(__name__)


class Folder(Collection):
    """A folder of photos, of one person each.

    A photo without its label map (where label maps are asked for), without joints, or without both shoulders and both hips is
    left out; how many, and why, is said, and `left_out` has their names. With pairs = "unpaired" the test split tells
    nothing of a target but its joints.
    """

    name: ClassVar[str] = "folder"  # with `datasets.` before it, of the part

    def __init__(
        self,
        context: Context,
        *,
        root: Annotated[str, Option("the folder; everything else is relative to it", "ours")],
        person: Annotated[str, Option('who is who: "photo", "folder", a pattern "{person}_*", or a csv image,person', "ours")],
        images: Annotated[str | list[str], Option("patterns or paths of photos; case does not matter", "ours")] = "*.jpg",
        joints: Annotated[
            str | list[str], Option("files that tell of many photos, or a folder of one each", "ours")
        ] = "keypoints.csv",
        confidence: Annotated[
            float | None,
            Option("how sure a detector must have been of a joint; its format's own threshold if not said", "ours"),
        ] = None,
        parsing: Annotated[
            str | list[str] | None, Option("folders of .npy or .png label maps; the first that has a photo's counts", "ours")
        ] = None,
        vocabulary: Annotated[str | None, Option("of the label maps", "ours")] = None,
        test: Annotated[
            float | str,
            Option('what is held out: a share of the people, a list of photos, a pattern of names ("*_c4*"), or "all"', "ours"),
        ] = 0.2,
        pairs: Annotated[
            str | list[str],
            Option(
                'what is scored: "person" (two photos of one), "unpaired" (a photo, somebody else\'s pose), csvs from,to',
                "ours",
            ),
        ] = PERSON,
        test_pairs: Annotated[int | None, Option("how many pairs are scored; all if not said", "ours")] = None,
        fit: Annotated[Fit, Option("how photos are brought to the track's size", "ours")] = "pad",
        memory: Memory = MEMORY,
        shards: Place = "shards",
    ) -> None:
        self.root = Path(root).expanduser()
        self.where = f"dataset datasets.{self.name}, root {self.root}"
        if not self.root.is_dir():
            fix = "say where the photos are: --root DIR"
            raise ZooError(f"there is no folder {self.root}", where=f"dataset datasets.{self.name}", fix=fix)
        if parsing is not None and vocabulary is None:
            raise self.wrong("`parsing` is given without its vocabulary", 'say vocabulary = "cihp20", for instance')
        pictures = matching(self.root, as_list(images), self.where)
        names, frames = Names(pictures.names), [Frame(pictures.size(i)) for i in range(len(pictures.names))]
        labels: dict[int, Path] = {}
        for folder in reversed(as_list(parsing or [])):
            labels |= beside(self.root / folder, LABELS, names, self.where, "a label map")
        super().__init__(
            context, self.root, self.where, pictures, names, frames=frames, form=None,
            skeletons=Skeletons(self._skeletons(as_list(joints), names, frames, confidence)),
            labels=None if parsing is None else labels, vocabulary=vocabulary, fit=fit, memory=memory, shards=shards,
        )  # fmt: skip
        self.people = self.told_apart(who(person, self.root))
        self.members = self._members(test)
        self.unpaired, self.test_pairs = pairs == UNPAIRED, test_pairs
        if pairs not in (PERSON, UNPAIRED):
            self.listed = self.looked_over(
                [pair for file in as_list(pairs) for pair in listed_pairs(self.names, self.root / file)]
            )

    def _skeletons(
        self, places: list[str], names: Names, frames: list[Frame], confidence: float | None
    ) -> Iterator[tuple[int, Skeleton]]:
        """The joints of each photo, in its pixels, as far as a pose is told."""
        notices: list[str] = []
        for i, picture, where in self._told(places, names):
            with suppress(Nobody):
                yield i, one_person(picture.read(), frames[i].size, where, confidence=confidence, notice=notices.append)
        if notices:
            log.warning("%s: %s%s", self.root, notices[0], f" (and {len(notices) - 1} more)" if len(notices) > 1 else "")

    def _told(self, places: list[str], names: Names) -> Iterator[tuple[int, Picture, str]]:
        """What folders with a file of each photo, or files of many, tell of the photos: index, picture, file."""
        for path in (self.root / name for name in places):
            if path.is_dir():
                for i, own in beside(path, SKELETONS, names, self.where, "joints").items():
                    yield i, read_picture(own, names.names[i]), str(own)
                continue
            if not path.exists():
                raise self.wrong(f"there are no joints at {path}", f"mend `joints`; zoo annotate {self.root} sees them")
            for picture in read_pictures(path):
                found = names.find(picture.name, str(path))
                if found is not None:
                    yield found, picture, f"{path} ({picture.name})"

    def _members(self, test: float | str) -> dict[str, set[int]]:
        everything = set(self.kept)
        if test == ALL:
            return {"train": everything, "test": everything}
        if isinstance(test, str) and "*" in test:
            kept = {i for i in everything if fnmatchcase(spelt(self.names.names[i]), spelt(test))}
        elif isinstance(test, str):
            kept = listed(self.names, self.root / test) & everything
        elif not 0 <= test <= 1:
            raise self.wrong(f"test = {test} is no share of the people", 'use a number between 0 and 1, or test = "all"')
        else:
            kept = share(self.people, test)
        members = {"train": everything - kept, "test": kept}
        for split, indices in members.items():
            if not indices:
                raise self.wrong(f"test = {test!r} leaves no photo to {split}", 'use another share, or test = "all"')
        return members


def as_list(value: str | list[str]) -> list[str]:
    """One name as a list of it."""
    return [value] if isinstance(value, str) else value
