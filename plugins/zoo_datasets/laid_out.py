"""The field's data sets in whichever layout they lie on disk: who is who by name, joints in their frame, published pairs."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from torch import Tensor

from zoo.errors import ZooError
from zoo.interfaces import Context, DataReport, PairList
from zoo.photos import Fit
from zoo.photos.sightings import Skeleton
from zoo_datasets.annotations import JointRow, check_rows, placed, read_all
from zoo_datasets.collection import TORSO, Collection
from zoo_datasets.frames import Form, Frame, banded
from zoo_datasets.layouts import STORED, Arrangement, joints_in, maps_in, other_words, photos_in, present, way_of
from zoo_datasets.lists import Named, pairs_of, tested
from zoo_datasets.names import Names
from zoo_datasets.pictures import Pictures, Some, stored
from zoo_datasets.published import published_split, usual_pairs
from zoo_datasets.shots import KnownPhoto
from zoo_datasets.skeletons import Skeletons

RULE, UNPAIRED = "rule", "unpaired"
_LOOKED_AT = 8  # photos that are opened to see whether they have bands

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wanted:
    """What is asked of a data set, as the options of its class have it; None is what lies there."""

    root: Path
    images: list[str] | None
    joints: list[str] | None
    frame: str | None
    parsing: list[str] | None
    vocabulary: str | None
    test: str | None
    pairs: str | list[str] | None
    test_pairs: int | None
    fit: Fit
    memory: float
    shards: str


class LaidOut(Collection):
    """A data set that the field shares. What lies below the root is found by its usual names, or where the options say.

    Photos of nobody, without joints, or without both shoulders and both hips are left out, and listed pairs with them; all
    are counted and told.
    """

    name: ClassVar[str]  # of its split in benchmarks/splits, and with `datasets.` before it of the part
    layout: ClassVar[Arrangement]
    get: ClassVar[str]  # how to come by the photos

    @staticmethod
    def shot(name: str) -> KnownPhoto | None:
        """Who is on a photo, and what it is usually called."""
        raise NotImplementedError

    @staticmethod
    def for_testing(shot: KnownPhoto, place: str) -> bool:
        """Whether a photo is held out, by who is on it or by the folder or file it comes from."""
        raise NotImplementedError

    def __init__(self, context: Context, wanted: Wanted, form: Form) -> None:
        self.root, self.where = wanted.root, f"dataset datasets.{self.name}, root {wanted.root}"
        if not self.root.is_dir():
            fix = "say where the photos are: --root DIR"
            raise ZooError(f"there is no folder {self.root}", where=f"dataset datasets.{self.name}", fix=fix)
        pictures, self.shots, nobody = self._photos(wanted.images)
        names, frames = Names([shot.name for shot in self.shots]), self._frames(pictures, form)
        self.index = {name: i for i, name in enumerate(names.names)}
        self.annotated = self._rows(wanted, form)
        maps = self._maps(wanted)
        super().__init__(
            context, self.root, self.where, pictures, names, frames=frames, form=form,
            skeletons=Skeletons(self._skeletons(frames, [form.shown(frame) for frame in frames])),
            labels=maps and maps[0], vocabulary=maps[1] if maps else wanted.vocabulary, left_out=nobody,
            fit=wanted.fit, memory=wanted.memory, shards=wanted.shards,
        )  # fmt: skip
        order = {i: rank for rank, i in enumerate(self.skeletons)}
        self.kept.sort(key=order.__getitem__)  # as annotated: the published pairs are drawn in that order
        self.people = self.told_apart(lambda name: self.shots[self.index[name]].identity or "")
        self.held = self._held(wanted.test)
        kept = {i for i in self.kept if self.held(self.shots[i], pictures.names[i])}
        self.members = {"train": set(self.kept) - kept, "test": kept}
        self.unpaired, self.test_pairs = wanted.pairs == UNPAIRED, wanted.test_pairs
        lists = self._lists(wanted.pairs)
        if lists:
            self.listed = self.looked_over(self._here([pair for path in lists for pair in pairs_of(path)], "listed"))

    def paired(self, split: str, people: Mapping[str, Sequence[int]]) -> Sequence[tuple[int, int]]:
        """The listed pairs, or those of the rule: drawn from all that is annotated, be the photos here or not."""
        if self.listed is not None or split != "test":
            return super().paired(split, people)
        shown = {row.name: row.skeleton[1] for row in self.annotated if self._tested(row)}
        return self._here(self.rebuilt(shown, split).pairs, "published")

    @classmethod
    def rebuilt(cls, shown: Mapping[str, Tensor], split: str) -> PairList:
        """PATN's pairs: see `usual_pairs`. Photos of nobody and those without both shoulders and both hips have none."""
        left_out: dict[str, int] = defaultdict(int)
        names = []
        for name, visible in shown.items():
            shot = cls.shot(name)
            if shot is None or not shot.identity:
                left_out["of nobody by their names"] += 1
            elif not visible[list(TORSO)].all():
                left_out["without both shoulders and both hips"] += 1
            else:
                names.append(name)
        pairs = usual_pairs(names, cls.shot, split)
        return PairList(pairs, left_out, published_split(cls.name).half(split).verdict(pairs))

    def report(self) -> DataReport:
        """What lies there, and what of the published split does not."""
        found, hints = super().report(), {}
        for split in ("train", "test"):
            half, here = published_split(self.name).half(split), len(self.members[split])
            if here < half.photos:
                hints[f"{half.photos - here:,} of {half.photos:,} published {split} photos"] = self.get
        return DataReport(found.counts, found.left_out, {**found.hints, **hints}, found.frames)

    def shows_torso(self, i: int) -> bool:
        """As annotated: a hip just outside the picture counts, as it does in the published lists."""
        return i in self.torsos

    def _photos(self, images: list[str] | None) -> tuple[Pictures, list[KnownPhoto], dict[str, list[str]]]:
        """The photos whose names say who is on them, who that is, and the others."""
        folders = [self.root / name for name in images] if images else photos_in(self.root, self.layout)
        pictures = stored(self.root, folders, self.where)
        known: dict[str, tuple[int, KnownPhoto]] = {}
        nobody = []
        for i, name in enumerate(pictures.names):
            shot = self.shot(name)
            if shot is None or not shot.identity:
                nobody.append(name)
            elif shot.name in known:
                what = f"{pictures.names[known[shot.name][0]]} and {name} are one photo by their names"
                raise self.wrong(what, 'name one folder of them: images = "train", for instance')
            else:
                known[shot.name] = (i, shot)
        if not known:
            what = f"none of {len(nobody)} photos has a name of {self.name}; one is called {nobody[0]}"
            raise self.wrong(what, "mend `root` or `images`, or use datasets.folder")
        left_out = {"a person in their names": nobody} if nobody else {}
        return Some(pictures, [i for i, _ in known.values()]), [shot for _, shot in known.values()], left_out

    def _frames(self, pictures: Pictures, form: Form) -> list[Frame]:
        """The frame of each stored photo; what is said of square ones is checked against some of them."""
        sizes = [pictures.size(i) for i in range(len(pictures.names))]
        frames = [form.frame(size) for size in sizes]
        known = [frame for frame in frames if frame]
        high, wide = form.proportions
        if len(known) < len(frames):
            strange = frames.index(None)
            what = f"{pictures.names[strange]} is {sizes[strange][0]}x{sizes[strange][1]} (height x width)"
            raise self.wrong(f"{what}, which no photo of {self.name} is", f"give photos of {high}x{wide} or so many times it")
        square = [i for i, (height, width) in enumerate(sizes) if height == width]
        looked_at = square[:: max(1, len(square) // _LOOKED_AT)]
        flat = sum(banded(pictures.open(i), round(sizes[i][1] * (1 - wide / high) / 2)) for i in looked_at)
        if form.square == "squashed" and looked_at and flat > len(looked_at) / 2:
            raise self.wrong(
                f"square photos have flat bands: {flat} of {len(looked_at)} looked at", 'say square = "cut" or "keep"'
            )
        if form.square != "squashed" and flat < len(looked_at) / 2:
            what = f"square photos have no flat bands: {len(looked_at) - flat} of {len(looked_at)} looked at"
            raise self.wrong(what, f'say square = "squashed" if they are {high}x{wide} squeezed')
        return known

    def _rows(self, wanted: Wanted, form: Form) -> list[JointRow]:
        """What is said of joints, of photos that are not here too."""
        if wanted.joints:
            paths = [self.root / name for name in wanted.joints]
            way = way_of(paths[0], self.layout)
        elif found := joints_in(self.root, self.layout):
            paths, way = found
        else:
            looked = ", ".join(dict.fromkeys(name for way in self.layout.joints for name in way.patterns))
            raise self.wrong(
                f"there are no joints: looked for {looked}", f"zoo annotate {self.root} sees them, or say joints = "
            )
        if way is None or not paths[0].exists():
            raise self.wrong(f"there are no joints at {paths[0]}", "name csvs, a folder or a pose_label.pkl")
        frame = self._stated(wanted.frame or way.frame, form)
        rows = [row for path in paths for row in read_all(path, way.endings, frame, form, self._is_here)]
        if frame is not None:
            check_rows(rows, frame, form, str(paths[0]))
        return rows

    def _stated(self, text: str, form: Form) -> Frame | None:
        """The frame that joints are said to be of; None is each photo's own."""
        if text == STORED:
            return None
        high, _, wide = text.partition("x")
        found = form.frame((int(high), int(wide))) if high.isdecimal() and wide.isdecimal() else None
        if found is None:
            usual = Frame(form.proportions)
            raise self.wrong(f"frame = {text!r} is no frame of {self.name}", f'say frame = "{usual}", or "{STORED}"')
        return found

    def _skeletons(self, frames: Sequence[Frame], shown: Sequence[Frame]) -> Iterator[tuple[int, Skeleton]]:
        """Joints in pixels of what is shown, in the annotations' order; `torsos` are the photos that show the torso."""
        self.torsos = set[int]()
        for row in self.annotated:
            i = self._number(row.name)
            if i is None or (skeleton := placed(row, frames[i], shown[i])) is None:
                continue
            if row.skeleton[1][list(TORSO)].all():
                self.torsos.add(i)
            yield i, skeleton

    def _maps(self, wanted: Wanted) -> tuple[dict[int, Path], str] | None:
        """The label map of each photo and their vocabulary."""
        if wanted.parsing:
            if wanted.vocabulary is None:
                raise self.wrong("`parsing` is given without its vocabulary", 'say vocabulary = "cihp20", for instance')
            folders, words = [self.root / name for name in wanted.parsing], wanted.vocabulary
            endings: tuple[str, ...] = (".npy", ".png")
        elif found := maps_in(self.root, self.layout, wanted.vocabulary):
            folders, words, endings = found[0], found[1].vocabulary, (found[1].ending,)
        elif others := other_words(self.root, self.layout):
            what = f"the label maps that lie there are {', '.join(others)}, not {wanted.vocabulary}"
            raise self.wrong(what, f'say vocabulary = "{others[0]}"')
        else:
            return None
        files = [p for folder in folders for p in sorted(folder.rglob("*.*")) if p.suffix.lower() in endings]
        named = ((self._own_map(path, folders), path) for path in files)
        return {self.index[name]: path for name, path in named if name in self.index}, words

    def _own_map(self, path: Path, folders: Sequence[Path]) -> str:
        """Whose label map it is; SPGNet keeps those of pairs in files `a___b`, a photo's own in `a___a`."""
        folder = next(folder for folder in folders if path.is_relative_to(folder))
        names = {shot.name for part in path.relative_to(folder).as_posix().split("___") if (shot := self.shot(part))}
        return names.pop() if len(names) == 1 else ""

    def _number(self, name: str) -> int | None:
        """The photo that is meant by a name, if it is here."""
        shot = self.shot(name)
        return self.index.get(shot.name) if shot else None

    def _is_here(self, name: str) -> bool:
        return self._number(name) is not None

    def _held(self, test: str | None) -> Callable[[KnownPhoto, str], bool]:
        """Whether a photo is held out: by the list that says so, or by the published rule."""
        lists = [self.root / test] if test else present(self.root, self.layout.tests)[:1]
        if not lists:
            return self.for_testing
        held = {shot.name for name in tested(lists[0]) if (shot := self.shot(name))}
        return lambda shot, place: shot.name in held

    def _tested(self, row: JointRow) -> bool:
        shot = self.shot(row.name)
        if shot is None:
            return False
        i = self.index.get(shot.name)
        return self.held(shot, f"{row.place}/{row.name}" if i is None else self.pictures.names[i])

    def _lists(self, pairs: str | list[str] | None) -> list[Path]:
        if pairs is None:
            return next((found for name in self.layout.pairs if (found := present(self.root, [name]))), [])
        if pairs in (RULE, UNPAIRED):
            return []
        return [self.root / name for name in ([pairs] if isinstance(pairs, str) else pairs)]

    def _here(self, pairs: Sequence[Named], what: str) -> list[tuple[int, int]]:
        """The pairs whose photos are both here and complete; how many are not is told."""
        kept = set(self.kept)
        numbers = ((self._number(source), self._number(target)) for source, target in pairs)
        found = [(a, b) for a, b in numbers if a is not None and b is not None and {a, b} <= kept]
        if len(found) < len(pairs):
            log.warning("%s: %s of %s %s pairs are left out: a photo is not here, or incomplete", self.where,
                        f"{len(pairs) - len(found):,}", f"{len(pairs):,}", what)  # fmt: skip
        return found
