"""Photos in a folder, with joints and region maps beside them."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import permutations
from pathlib import Path

import torch
from torch import Tensor

from zoo.errors import ZooError
from zoo.interfaces import Context, Dataset
from zoo.ops.image import from_uint8
from zoo.ops.regions import one_hot
from zoo.photos import Fit, checked, open_photo, photo_size, place, placed_labels, read_annotations, read_joints, spelling
from zoo.photos.images import to_bytes
from zoo.regions import vocabulary as vocabulary_named
from zoo.types import Pair, Person
from zoo_datasets.splits import listed, listed_pairs, people, share

LABELS = (".npy", ".png")
SKELETONS = ("_keypoints.json", ".json")


class Folder(Dataset):
    """A folder of photos of people who appear several times; the text before the first `_` of a photo's name tells who.

    `images` is a pattern or a list of paths, `joints` an annotation csv or a folder of JSON files, `parsing` a folder of
    .npy or .png label maps in `vocabulary`, `pairs` a csv `from,to` (default: all ordered pairs of a person); all relative
    to `root`. `test` is the share of people kept for testing, a list of the test photos, or "all": train and test on all of
    them, which measures memory and nothing else. Photos are brought to the track's size by `fit`.
    """

    def __init__(
        self,
        context: Context,
        *,
        root: str,
        images: str | list[str] = "*.jpg",
        joints: str = "keypoints.csv",
        parsing: str | None = None,
        vocabulary: str | None = None,
        pairs: str | None = None,
        test: float | str = 0.2,
        fit: Fit = "pad",
    ) -> None:
        self.root, self.size, self.fit = Path(root).expanduser(), context.size, fit
        if parsing is not None and vocabulary is None:
            raise self._wrong("`parsing` is given without its vocabulary", 'say vocabulary = "cihp20", for instance')
        self.vocabulary = vocabulary or context.regions.name
        self.regions = vocabulary_named(self.vocabulary)
        self.photos = self._photos(images)
        self.names = [p.name for p in self.photos]
        self.frames = [photo_size(p) for p in self.photos]
        self.skeletons = self._skeletons(self.root / joints)
        self.labels = [] if parsing is None else self._beside(self.root / parsing, LABELS, "label map")
        self.members = self._members(test)
        self.listed = None if pairs is None else listed_pairs(self.names, self.root / pairs)
        if not self.pairs("test"):
            raise self._wrong("there is no pair to score", "keep people for `test` who are in two photos at least")
        self.kept: dict[int, tuple[Tensor, Tensor | None]] = {}

    def groups(self, split: str) -> Sequence[Sequence[int]]:
        """The photos of each person in `split`."""
        return list(people(self.names, self.members[split]).values())

    def pairs(self, split: str) -> Sequence[tuple[int, int]]:
        """The listed pairs of which both photos are in `split`, or all ordered pairs of a person."""
        if self.listed is None:
            return [pair for group in self.groups(split) for pair in permutations(group, 2)]
        inside = set(self.members[split])
        return [(a, b) for a, b in self.listed if a in inside and b in inside]

    def load(self, split: str, sources: Tensor, targets: Tensor) -> Pair:
        """One batch; an index means the same photo in every split."""
        pairs = list(zip(sources.tolist(), targets.tolist(), strict=True))
        names = tuple(f"{self.photos[a].stem}->{self.photos[b].stem}" for a, b in pairs)
        return Pair(source=self._people([a for a, _ in pairs]), target=self._people([b for _, b in pairs]), names=names)

    def digest(self, split: str) -> str:
        """sha256 of photos, joints, label maps and pairs, and of how they are read."""
        words = self.vocabulary if self.labels else None
        digest = hashlib.sha256(repr((self.size, self.fit, words, self.pairs(split))).encode())
        for i in self.members[split]:
            digest.update(self.names[i].encode() + self.photos[i].read_bytes())
            digest.update(b"".join(t.numpy().tobytes() for t in self.skeletons[i]))
            if self.labels:
                digest.update(self.labels[i].read_bytes())
        return digest.hexdigest()

    def _people(self, indices: Sequence[int]) -> Person:
        pixels = [self._pixels(i) for i in indices]
        labels = [labels for _, labels in pixels if labels is not None]
        joints = [place(self.frames[i], self.size, self.fit).joints(self.skeletons[i][0]) for i in indices]
        return Person(
            size=self.size,
            joints=torch.stack(joints),
            visible=torch.stack([self.skeletons[i][1] for i in indices]),
            image=from_uint8(torch.stack([image for image, _ in pixels])),
            parsing=one_hot(torch.stack(labels), len(self.regions)) if labels else None,
        )

    def _pixels(self, i: int) -> tuple[Tensor, Tensor | None]:
        """A photo and its labels at the track's size, as bytes, read once."""
        if i not in self.kept:
            placement = place(self.frames[i], self.size, self.fit)
            image = to_bytes(placement.picture(open_photo(self.photos[i])))
            self.kept[i] = image, placed_labels(self.labels[i], self.regions, placement) if self.labels else None
        return self.kept[i]

    def _photos(self, images: str | list[str]) -> list[Path]:
        found = sorted(self.root.glob(images)) if isinstance(images, str) else [self.root / name for name in images]
        if not found:
            raise self._wrong(f"no photo matches {images!r}", 'mend `root` or `images`, "photos/*.jpg" for instance')
        twice = [name for name, count in Counter(p.name for p in found).items() if count > 1]
        if twice:
            raise self._wrong(f"several photos are called {_some(twice)}", "give every photo a name of its own")
        return found

    def _skeletons(self, where: Path) -> list[tuple[Tensor, Tensor]]:
        if where.is_dir():
            files = self._beside(where, SKELETONS, "joints")
            return [read_joints(f, frame=frame) for f, frame in zip(files, self.frames, strict=True)]
        rows = read_annotations(where)
        self._complete(f"row in {where.name}", lambda p: spelling(p.name) in rows)
        found = zip(self.names, self.frames, strict=True)
        return [checked(rows[spelling(name)], frame, f"{where} ({name})") for name, frame in found]

    def _beside(self, folder: Path, endings: Sequence[str], what: str) -> list[Path]:
        """The file of each photo in another folder."""
        files = {p: next((f for e in endings if (f := folder / (p.stem + e)).is_file()), None) for p in self.photos}
        self._complete(f"{what} in {folder.name}", lambda p: files[p] is not None)
        return [f for f in files.values() if f is not None]

    def _complete(self, what: str, has: Callable[[Path], bool]) -> None:
        without = [p.name for p in self.photos if not has(p)]
        if without:
            count = f"{len(without)} of {len(self.photos)} photos"
            raise self._wrong(f"{count} have no {what}: {_some(without)}", "add it, or leave them out of `images`")

    def _members(self, test: float | str) -> dict[str, list[int]]:
        everything = list(range(len(self.photos)))
        if test == "all":
            return {"train": everything, "test": everything}
        kept = listed(self.names, self.root / test) if isinstance(test, str) else share(self.names, test)
        members = {"train": [i for i in everything if i not in kept], "test": sorted(kept)}
        for split, indices in members.items():
            if not indices:
                raise self._wrong(f"test = {test!r} leaves no photo to {split}", 'use another share, or test = "all"')
        return members

    def _wrong(self, what: str, fix: str) -> ZooError:
        return ZooError(what, where=f"dataset datasets.folder, root {self.root}", fix=fix)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (" ..." if len(names) > 3 else "")
