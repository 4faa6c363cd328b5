"""Photos in a folder, with joints and region maps beside them."""

import hashlib
import logging
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

import torch
from torch import Tensor

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context, DataReport, Dataset, Framing
from zoo.ops.image import from_uint8
from zoo.ops.regions import one_hot
from zoo.photos import Fit, Placement, checked, open_photo, photo_size, place, placed_labels, read_joints, read_rows
from zoo.photos.detections import Skeleton
from zoo.photos.images import to_bytes
from zoo.photos.joints import Nobody
from zoo.regions import vocabulary as vocabulary_named
from zoo.types import Pair, Person
from zoo_datasets.kept import Kept, Pixels
from zoo_datasets.names import SUFFIXES, Names, spelt, who
from zoo_datasets.splits import listed, listed_pairs, share, spread, strangers, within

LABELS = (".npy", ".png")
SKELETONS = ("_keypoints.json", ".json")
TORSO = (2, 5, 8, 11)  # shoulders and hips: PATN leaves out photos that do not show all four
ALL, PERSON, UNPAIRED = "all", "person", "unpaired"

log = logging.getLogger(__name__)


class Folder(Dataset):
    """A folder of photos, of one person each.

    A photo without its label map (where label maps are asked for), without joints, or without both shoulders and both hips is
    left out; how many, and why, is said, and `left_out` has their names. With pairs = "unpaired" the test split tells
    nothing of a target but its joints.
    """

    def __init__(
        self,
        context: Context,
        *,
        root: Annotated[str, Option("the folder; everything else is relative to it", "ours")],
        person: Annotated[str, Option('who is who: "photo", "folder", a pattern "{person}_*", or a csv image,person', "ours")],
        images: Annotated[str | list[str], Option("patterns or paths of photos; case does not matter", "ours")] = "*.jpg",
        joints: Annotated[str | list[str], Option("annotation csvs, or a folder of JSON files", "ours")] = "keypoints.csv",
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
        memory: Annotated[float, Option("gigabytes of decoded photos to keep", "ours")] = 1.0,
    ) -> None:
        self.root, self.size, self.fit = Path(root).expanduser(), context.size, fit
        if not self.root.is_dir():
            raise ZooError(
                f"there is no folder {self.root}", where="dataset datasets.folder", fix="say where the photos are: --root DIR"
            )
        if parsing is not None and vocabulary is None:
            raise self._wrong("`parsing` is given without its vocabulary", 'say vocabulary = "cihp20", for instance')
        self.vocabulary = vocabulary or context.regions.name
        self.regions = vocabulary_named(self.vocabulary)
        self.found = self._photos(_listed(images))
        self.names = Names([self._name(p) for p in self.found])
        self.left_out: dict[str, list[str]] = {}
        self.frames = [photo_size(p) for p in self.found]
        self.skeletons = self._checked(self._skeletons(_listed(joints)))
        self.labels: dict[int, Path] = {}
        for folder in reversed(_listed(parsing or [])):
            self.labels |= self._beside(self.root / folder, LABELS, "a label map")
        self.kept = self._complete(parsing is not None)
        identity = who(person, self.root)
        self.people: dict[str, list[int]] = defaultdict(list)
        for i in self.kept:
            self.people[identity(self.names.names[i])].append(i)
        self.members = self._members(test)
        self.unpaired, self.test_pairs = pairs == UNPAIRED, test_pairs
        self.listed = None if pairs in (PERSON, UNPAIRED) else self._listed_pairs(_listed(pairs))
        self.pixels = Kept(self._decode, len(self.found), self.size, memory)

    def groups(self, split: str) -> Sequence[Sequence[int]]:
        """The photos of each person in `split`."""
        return list(self._people(split).values())

    def pairs(self, split: str) -> Sequence[tuple[int, int]]:
        """The listed pairs with both photos in `split`, all ordered pairs of a person, or photos and strangers' poses."""
        people = self._people(split)
        if self.listed is not None:
            inside = {i for photos in people.values() for i in photos}
            pairs = [(a, b) for a, b in self.listed if a in inside and b in inside]
        elif self.unpaired:
            return strangers(people, self.test_pairs or sum(map(len, people.values())))
        else:
            pairs = within(people)
        if not pairs:
            fix = 'hold out somebody who is in two photos at least, or say pairs = "unpaired" and protocol = "unpaired-v1"'
            raise self._wrong(f"there is no pair in split {split}", fix)
        return spread(pairs, self.test_pairs)

    def load(self, split: str, sources: Tensor, targets: Tensor) -> Pair:
        """One batch; an index means the same photo in every split."""
        pairs = list(zip(sources.tolist(), targets.tolist(), strict=True))
        names = tuple("->".join(self.names.names[i].rpartition(".")[0] for i in pair) for pair in pairs)
        source = self._persons([a for a, _ in pairs])
        target = source if torch.equal(sources, targets) else self._persons([b for _, b in pairs])
        if self.unpaired and split == "test":
            target = target.but(image=None, parsing=None)
        return Pair(source=source, target=target, names=names)

    def digest(self, split: str) -> str:
        """sha256 of photos, joints, label maps and pairs, and of how they are read."""
        words = self.vocabulary if self.labels else None
        digest = hashlib.sha256(repr((self.size, self.fit, words, self.pairs(split))).encode())
        for i in sorted(self.members[split]):
            digest.update(self.names.names[i].encode() + self.found[i].read_bytes())
            digest.update(b"".join(t.numpy().tobytes() for t in self.skeletons[i]))
            if self.labels:
                digest.update(self.labels[i].read_bytes())
        return digest.hexdigest()

    def report(self) -> DataReport:
        """What lies in the folder, and what does not."""
        counts = {"photos": len(self.found), "joints": len(self.skeletons), f"label maps ({self.vocabulary})": len(self.labels)}
        lacking = {
            what: len(self.found) - count for what, count in zip(("joints", "label maps"), [*counts.values()][1:], strict=True)
        }
        return DataReport(
            counts={what: count for what, count in counts.items() if count},
            left_out={f"without {what}": names for what, names in self.left_out.items()},
            hints={f"{count:,} {what}": f"zoo annotate {self.root} sees them" for what, count in lacking.items() if count},
            frames={i: self._framing(i) for i in self.kept},
        )

    def _framing(self, i: int) -> Framing:
        placement = self._placement(i)
        return Framing(placement.frame, placement.corner, placement.inner)

    def _placement(self, i: int) -> Placement:
        """How the photo comes to the track's size."""
        return place(self.frames[i], self.size, self.fit)

    def _people(self, split: str) -> dict[str, list[int]]:
        inside = self.members[split]
        people = {name: [i for i in photos if i in inside] for name, photos in self.people.items()}
        return {name: photos for name, photos in people.items() if photos}

    def _persons(self, indices: Sequence[int]) -> Person:
        photos, labels = self.pixels.read(indices)
        joints = [self._placement(i).joints(self.skeletons[i][0]) for i in indices]
        return Person(
            size=self.size,
            joints=torch.stack(joints),
            visible=torch.stack([self.skeletons[i][1] for i in indices]),
            image=from_uint8(photos),
            parsing=one_hot(labels, len(self.regions)) if self.labels else None,
        )

    def _decode(self, i: int) -> Pixels:
        """A photo and its labels at the track's size; labels are 0 where nobody asks for them."""
        placement = self._placement(i)
        photo = to_bytes(placement.picture(open_photo(self.found[i])))
        return photo, placed_labels(self.labels[i], self.regions, placement) if self.labels else torch.zeros_like(photo[0])

    def _name(self, path: Path) -> str:
        return unicodedata.normalize("NFC", path.relative_to(self.root).as_posix())

    def _photos(self, patterns: list[str]) -> list[Path]:
        for pattern in patterns:
            if not pattern.strip("./\0") or pattern.startswith("/") or "\0" in pattern:
                raise self._wrong(
                    f"{pattern!r} is no pattern of photos below the root", 'say images = "**/*.jpg", for instance'
                )
        found = {p for pattern in patterns for p in self.root.glob(_any_case(pattern)) if _is_photo(p)}
        if not found:
            fix = 'mend `root` or `images`, "photos/*.jpg" for instance, "**/*.jpg" with sub-folders'
            raise self._wrong(f"no photo matches {' or '.join(map(repr, patterns))}", fix)
        return sorted(found, key=self._name)

    def _skeletons(self, places: list[str]) -> dict[int, Skeleton]:
        if len(places) == 1 and (self.root / places[0]).is_dir():
            files = self._beside(self.root / places[0], SKELETONS, "joints")
            notices: list[str] = []
            read = {i: _joints(f, self.frames[i], notices.append) for i, f in files.items()}
            if notices:
                log.warning("%s: %s%s", self.root, notices[0], f" (and {len(notices) - 1} more)" if len(notices) > 1 else "")
            return {i: skeleton for i, skeleton in read.items() if skeleton is not None}
        rows: dict[int, Skeleton] = {}
        for path in (self.root / name for name in places):
            named = ((self.names.find(name, str(path)), skeleton) for name, skeleton in read_rows(path))
            rows |= {i: skeleton for i, skeleton in named if i is not None}
        return rows

    def _checked(self, skeletons: dict[int, Skeleton]) -> dict[int, Skeleton]:
        """Joints outside the photo are missing; those of another frame are refused."""
        seen = ((i, skeleton) for i, skeleton in skeletons.items() if skeleton[1].any())
        return {i: checked(skeleton, self.frames[i], str(self.found[i])) for i, skeleton in seen}

    def _beside(self, folder: Path, endings: Sequence[str], what: str) -> dict[int, Path]:
        """The file of each photo in another folder."""
        if not folder.is_dir():
            raise self._wrong(f"there is no folder {folder}", f"say which folder holds {what} of each photo")
        files = [p for p in sorted(folder.rglob("*")) if p.name.lower().endswith(tuple(endings))]
        stems = [p.relative_to(folder).as_posix() for p in files]
        known = Names([name[: -len(_ending(name, endings))] for name in stems])
        found = ((i, known.find(name, str(folder))) for i, name in enumerate(self.names.names))
        return {i: files[place] for i, place in found if place is not None}

    def _complete(self, parsed: bool) -> list[int]:
        """The photos that have all that is asked for; tells of the others."""
        reasons: dict[str, list[int]] = defaultdict(list)
        for i in range(len(self.found)):
            reasons[self._lacks(i, parsed)].append(i)
        kept = reasons.pop("", [])
        self.left_out = {what: [self.names.names[i] for i in photos] for what, photos in reasons.items()}
        why = ", ".join(f"{len(names)} without {what} ({_some(names)})" for what, names in self.left_out.items())
        count = f"{len(self.found) - len(kept)} of {len(self.found)} photos are left out: {why}"
        if not kept:
            raise self._wrong(count, "mend `joints`, `parsing` or `images`")
        if self.left_out:
            log.warning("%s: %s", self.root, count)
        return kept

    def _lacks(self, i: int, parsed: bool) -> str:
        if parsed and i not in self.labels:
            return "a label map"
        if i not in self.skeletons:
            return "joints"
        return "" if self.skeletons[i][1][list(TORSO)].all() else "both shoulders and both hips"

    def _members(self, test: float | str) -> dict[str, set[int]]:
        everything = set(self.kept)
        if test == ALL:
            return {"train": everything, "test": everything}
        if isinstance(test, str) and "*" in test:
            kept = {i for i in everything if fnmatchcase(spelt(self.names.names[i]), spelt(test))}
        elif isinstance(test, str):
            kept = listed(self.names, self.root / test) & everything
        elif not 0 <= test <= 1:
            raise self._wrong(f"test = {test} is no share of the people", 'use a number between 0 and 1, or test = "all"')
        else:
            kept = share(self.people, test)
        members = {"train": everything - kept, "test": kept}
        for split, indices in members.items():
            if not indices:
                raise self._wrong(f"test = {test!r} leaves no photo to {split}", 'use another share, or test = "all"')
        return members

    def _listed_pairs(self, files: list[str]) -> list[tuple[int, int]]:
        return [pair for file in files for pair in listed_pairs(self.names, self.root / file)]

    def _wrong(self, what: str, fix: str) -> ZooError:
        return ZooError(what, where=f"dataset datasets.folder, root {self.root}", fix=fix)


def _joints(path: Path, frame: tuple[int, int], notice: Callable[[str], object]) -> Skeleton | None:
    try:
        return read_joints(path, frame=frame, notice=notice)
    except Nobody:
        return None


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _any_case(pattern: str) -> str:
    """A pattern of files in which a letter stands for both its cases."""
    return re.sub(r"\[[^]]*\]|[^\W\d_]", lambda m: m[0] if len(m[0]) > 1 else f"[{m[0].lower()}{m[0].upper()}]", pattern)


def _is_photo(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()


def _ending(name: str, endings: Sequence[str]) -> str:
    return next(e for e in endings if name.lower().endswith(e))


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (" ..." if len(names) > 3 else "")
