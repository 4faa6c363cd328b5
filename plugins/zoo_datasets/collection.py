"""Photos of people once they are found: what every data set of photographs is."""

import hashlib
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from zoo.errors import ZooError, unknown
from zoo.interfaces import Context, DataReport, Dataset, Framing
from zoo.ops.image import from_uint8
from zoo.ops.regions import one_hot
from zoo.photos import Fit, Placement, place, read_labels
from zoo.photos.detections import Skeleton
from zoo.photos.images import to_bytes
from zoo.regions import vocabulary as vocabulary_named
from zoo.types import Pair, Person
from zoo_datasets.frames import Form, Frame, cut
from zoo_datasets.kept import Kept, Pixels
from zoo_datasets.names import Names
from zoo_datasets.pictures import Pictures
from zoo_datasets.shards import INDEX, Photos, Shards, shards_folder, write_shards
from zoo_datasets.splits import spread, strangers, within

TORSO = (2, 5, 8, 11)  # shoulders and hips: PATN leaves out photos that do not show all four

log = logging.getLogger(__name__)


class Collection(Dataset):
    """Photos with joints and, where there are any, label maps.

    A photo without its label map (where label maps are asked for), without joints, or without both shoulders and both hips is
    left out; how many, and why, is said, and `left_out` has their names. Subclasses say who is who (`people`), who is for
    testing (`members`) and which pairs are listed (`listed`). With `unpaired` the test split tells nothing of a target but
    its joints.
    """

    people: Mapping[str, Sequence[int]]  # the photos of everybody
    members: Mapping[str, set[int]]  # the photos of each split
    listed: Sequence[tuple[int, int]] | None = None
    unpaired = False
    test_pairs: int | None = None  # how many pairs are scored, if not all

    def __init__(
        self,
        context: Context,
        root: Path,
        where: str,
        pictures: Pictures,
        names: Names,
        *,
        frames: Sequence[Frame],
        form: Form | None,
        skeletons: Mapping[int, Skeleton],
        labels: Mapping[int, Path] | None,
        vocabulary: str | None,
        left_out: Mapping[str, Sequence[str]] = {},
        fit: Fit,
        memory: float,
        shards: str = "shards",
    ) -> None:
        """`skeletons` are in pixels of what is shown of a file; `form` is of label maps that need not be of its size.

        `left_out` are photos that are none of `names`.
        """
        self.root, self.where, self.pictures, self.names = root, where, pictures, names
        self.size, self.fit = context.size, fit
        self.frames, self.form = frames, form
        self.shown = [form.shown(frame) if form else frame for frame in frames]
        self.vocabulary = vocabulary or context.regions.name
        self.regions = vocabulary_named(self.vocabulary)
        self.skeletons, self.labels, self.left_out = skeletons, labels or {}, dict(left_out)
        self.kept = self._complete(labels is not None)
        reading = f"{fit} {self.vocabulary if self.labels else 'no labels'} {form}"
        self.photos = Photos(names.names, self.kept, self.size, reading, self._decode, self._joints, self._contents)
        self.shards, self.memory = shards_folder(root / shards, self.photos), memory

    @cached_property
    def pixels(self) -> Shards | Kept:
        """What photos are read by: shards, where somebody has prepared them."""
        if (self.shards / INDEX).exists():
            return Shards(self.shards, self.photos)
        return Kept(self._decode, len(self.names.names), self.size, self.memory)

    def prepare(self) -> Path:
        """Write the decoded photos down; see zoo_datasets.shards."""
        write_shards(self.shards, self.photos)
        return self.shards

    def groups(self, split: str) -> Sequence[Sequence[int]]:
        """The photos of each person in `split`."""
        return list(self._people(split).values())

    def pairs(self, split: str) -> Sequence[tuple[int, int]]:
        """The listed pairs with both photos in `split`, all ordered pairs of a person, or photos and strangers' poses."""
        people = self._people(split)
        if self.unpaired:
            return strangers(people, self.test_pairs or sum(map(len, people.values())))
        pairs = self.paired(split, people)
        if not pairs:
            fix = 'hold out somebody who is in two photos at least, or say pairs = "unpaired" and protocol = "unpaired-v1"'
            raise self.wrong(f"there is no pair in split {split}", fix)
        return spread(pairs, self.test_pairs if split == "test" else None)

    def paired(self, split: str, people: Mapping[str, Sequence[int]]) -> Sequence[tuple[int, int]]:
        """The pairs of `people`, who are those of `split`."""
        if self.listed is None:
            return within(people)
        inside = self.members[split]
        return [(a, b) for a, b in self.listed if a in inside and b in inside]

    def looked_over(self, listed: Sequence[tuple[int, int]]) -> Sequence[tuple[int, int]]:
        """The pairs of a list, as they are; which of them are hardly meant is told. After people and members are known."""
        who = {i: name for name, photos in self.people.items() for i in photos}
        odd = {
            "of two people": sum(who.get(a) != who.get(b) for a, b in listed),
            "of a photo with itself": sum(a == b for a, b in listed),
            "listed before": len(listed) - len(set(listed)),
            "in no split, as one of their photos is of the other or left out": sum(
                not any({a, b} <= photos for photos in self.members.values()) for a, b in listed
            ),
        }
        told = ", ".join(f"{count:,} {what}" for what, count in odd.items() if count)
        if told:
            log.warning("%s: of %s listed pairs are %s", self.where, f"{len(listed):,}", told)
        return listed

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
            photo, *labels = self._contents(i)
            digest.update(self.names.names[i].encode() + photo)
            digest.update(b"".join([*(t.numpy().tobytes() for t in self.skeletons[i]), *labels]))
        return digest.hexdigest()

    def report(self) -> DataReport:
        """What lies there, and what does not."""
        found = {"photos": len(self.names.names), "joints": len(self.skeletons)}
        found[f"label maps ({self.vocabulary})"] = len(self.labels)
        lacking = {"joints": found["photos"] - len(self.skeletons), "label maps": found["photos"] - len(self.labels)}
        return DataReport(
            counts={what: count for what, count in found.items() if count},
            left_out={f"without {what}": names for what, names in self.left_out.items()},
            hints={f"{count:,} {what}": f"zoo annotate {self.root} sees them" for what, count in lacking.items() if count},
            frames={i: self._framing(i) for i in self.kept},
        )

    def _framing(self, i: int) -> Framing:
        """Where the whole of a file lies, its bands included."""
        placement, bands = self._placement(i), self.frames[i].band if not self.shown[i].band else 0
        (top, left), (high, wide) = placement.corner, placement.inner
        extra = round(bands * wide / self.shown[i].size[1])
        return Framing(self.frames[i].size, (top, left - extra), (high, wide + 2 * extra))

    def told_apart(self, identity: Callable[[str], str]) -> dict[str, list[int]]:
        """The photos of everybody, by their names."""
        people: dict[str, list[int]] = defaultdict(list)
        for i in self.kept:
            people[identity(self.names.names[i])].append(i)
        return people

    def wrong(self, what: str, fix: str) -> ZooError:
        """What is wrong with the data set as a whole."""
        return ZooError(what, where=self.where, fix=fix)

    def _people(self, split: str) -> dict[str, list[int]]:
        if split not in self.members:
            raise unknown("split", split, self.members, where=self.where)
        inside = self.members[split]
        people = {name: [i for i in photos if i in inside] for name, photos in self.people.items()}
        return {name: photos for name, photos in people.items() if photos}

    def _persons(self, indices: Sequence[int]) -> Person:
        photos, labels = self.pixels.read(indices)
        joints, visible = (torch.stack(rows) for rows in zip(*map(self._joints, indices), strict=True))
        return Person(
            size=self.size,
            joints=joints,
            visible=visible,
            image=from_uint8(photos),
            parsing=one_hot(labels, len(self.regions)) if self.labels else None,
        )

    def _placement(self, i: int) -> Placement:
        """How what is shown of a photo comes to the track's size."""
        return place(self.shown[i].size, self.size, self.fit)

    def _joints(self, i: int) -> Skeleton:
        """Joints (18,2) in pixels of the track's size, and which are visible."""
        joints, visible = self.skeletons[i]
        return self._placement(i).joints(joints), visible

    def _contents(self, i: int) -> list[bytes]:
        """What a photo and its labels are stored as."""
        return [self.pictures.content(i), *([self.labels[i].read_bytes()] if self.labels else [])]

    def _decode(self, i: int) -> Pixels:
        """A photo and its labels at the track's size; labels are 0 where nobody asks for them."""
        placement = self._placement(i)
        photo = to_bytes(placement.picture(cut(self.pictures.open(i), self.frames[i], self.shown[i])))
        return photo, self._labels(i, placement) if self.labels else torch.zeros_like(photo[0])

    def _labels(self, i: int, placement: Placement) -> Tensor:
        """(H,W) uint8."""
        labels = read_labels(self.labels[i], self.regions, None if self.form else placement.frame)
        if self.form:
            frame = self.form.frame((labels.height, labels.width))
            if frame is None:
                raise ZooError(
                    f"parsing {self.labels[i].name} is {labels.height}x{labels.width}, which no picture of this data set is",
                    where=str(self.labels[i]),
                    fix="use the label maps as their authors made them",
                )
            labels = cut(labels, frame, self.shown[i])
        return torch.from_numpy(np.array(placement.labels(labels, self.regions.index("background"))))

    def _complete(self, parsed: bool) -> list[int]:
        """The photos that have all that is asked for; tells of the others."""
        reasons: dict[str, list[int]] = defaultdict(list)
        for i in range(len(self.names.names)):
            reasons[self._lacks(i, parsed)].append(i)
        kept = reasons.pop("", [])
        self.left_out |= {what: [self.names.names[i] for i in photos] for what, photos in reasons.items()}
        why = ", ".join(f"{len(names)} without {what} ({some(names)})" for what, names in self.left_out.items())
        without = sum(map(len, self.left_out.values()))
        count = f"{without} of {without + len(kept)} photos are left out: {why}"
        if not kept:
            raise self.wrong(count, "mend `joints`, `parsing` or `images`")
        if self.left_out:
            log.warning("%s: %s", self.where, count)
        return kept

    def _lacks(self, i: int, parsed: bool) -> str:
        if parsed and i not in self.labels:
            return "a label map"
        if i not in self.skeletons:
            return "joints"
        return "" if self.shows_torso(i) else "both shoulders and both hips"

    def shows_torso(self, i: int) -> bool:
        """Whether both shoulders and both hips are known."""
        return bool(self.skeletons[i][1][list(TORSO)].all())


def some(names: Sequence[str]) -> str:
    """The first three names."""
    return ", ".join(names[:3]) + (" ..." if len(names) > 3 else "")


def beside(folder: Path, endings: Sequence[str], names: Names, where: str, what: str) -> dict[int, Path]:
    """The file of each photo in another folder, by its name without one of the `endings`."""
    if not folder.is_dir():
        raise ZooError(f"there is no folder {folder}", where=where, fix=f"say which folder holds {what} of each photo")
    files = [p for p in sorted(folder.rglob("*")) if p.name.lower().endswith(tuple(endings))]
    stems = [p.relative_to(folder).as_posix() for p in files]
    known = Names([name[: -len(_ending(name, endings))] for name in stems])
    found = ((i, known.find(name, str(folder))) for i, name in enumerate(names.names))
    return {i: files[place] for i, place in found if place is not None}


def _ending(name: str, endings: Sequence[str]) -> str:
    return next(e for e in endings if name.lower().endswith(e))
