"""How the field keeps its data sets: which folders and files, whose joints are in which frame, whose label maps in which words.

Imports no torch: what lies there is known before anything is read.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from zoo_datasets.names import any_case

STORED = "photo"  # joints in pixels of the photo as it is stored


@dataclass(frozen=True)
class Joints:
    """Files or folders of joints, and the frame (HxW) that they are in pixels of where the files themselves do not say it."""

    patterns: tuple[str, ...]
    frame: str
    endings: tuple[str, ...] = ()  # of the files in folders


@dataclass(frozen=True)
class Maps:
    """Folders of label maps."""

    folders: tuple[str, ...]
    vocabulary: str
    ending: str = ".png"


@dataclass(frozen=True)
class Arrangement:
    """Where what may lie, the likeliest first."""

    photos: tuple[tuple[str, ...], ...]  # folders that go together
    joints: tuple[Joints, ...]
    maps: tuple[Maps, ...]
    tests: tuple[str, ...]  # lists that say which photos are for testing
    pairs: tuple[str, ...]  # lists of pairs


FASHION = Arrangement(
    photos=(
        ("train", "test"),  # PATN, GFLA, ADGAN, PISE, PINet, CASD, DPTN
        ("train_highres", "test_highres"),  # CFLD, DiOr
        ("256-176",), ("512-352",), ("256-256",),  # NTED, PIDM: lmdb, or the same unpacked
        ("img_highres",), ("img",),  # In-shop as it is given away; SPGNet's img/img
        ("WOMEN", "MEN"),
    ),
    joints=(
        Joints(("*annotation*.csv",), "256x176"),
        Joints(("label/pose_label.pkl", "pose_label.pkl"), "256x256"),  # SPGNet, Intr-Flow
        Joints(("pose",), STORED, ("_candidate.txt",)),  # CoCosNet
        Joints(("pose",), "256x256", (".txt",)),  # NTED, PIDM
        Joints(("trainK", "testK"), STORED, (".npy",)),  # heat maps; their own size is the frame
        Joints(("pose", "joints"), STORED, ("_keypoints.json", ".json")),
    ),
    maps=(
        Maps(("semantic_merge3",), "cihp20"),  # CASD: merged in code
        Maps(("semantic_merge3",), "scm8", ".npy"),  # ADGAN
        Maps(("trainSPL8", "testSPL8"), "pise8"),  # PISE
        Maps(("trainSPL2", "testSPL2"), "pinet12"),  # PINet
        Maps(("seg",), "cihp20"),  # SPGNet
        Maps(("parsing",), "spt10", ".npy"),  # SPT
        Maps(("regions",), "cihp20"),  # zoo annotate
    ),
    tests=("test.lst", "label/split.json", "test_pairs.txt"),
    pairs=("*pairs*.csv", "label/split.json", "*_pairs.txt"),
)  # fmt: skip

MARKET = Arrangement(
    photos=(("train", "test"), ("bounding_box_train", "bounding_box_test"), ("img",)),
    joints=(
        Joints(("*annotation*.csv",), "128x64"),
        Joints(("label/pose_label.pkl", "pose_label.pkl"), "128x64"),  # SPGNet
        Joints(("trainK", "testK"), STORED, (".npy",)),
        Joints(("pose", "joints"), STORED, ("_keypoints.json", ".json")),
    ),
    maps=(Maps(("seg",), "cihp20"), Maps(("parsing",), "spt10", ".npy"), Maps(("regions",), "cihp20")),
    tests=("test.lst", "label/split.json"),
    pairs=("*pairs*.csv", "label/split.json"),
)


def present(root: Path, names: Iterable[str]) -> list[Path]:
    """The files and folders below `root` of these names or patterns, whatever the case, in order."""
    found = (path for name in names for path in sorted(root.glob(any_case(name))))
    return list(dict.fromkeys(found))


def photos_in(root: Path, layout: Arrangement) -> list[Path]:
    """The folders of photos: of the ways to keep them the first that is there, or the root itself."""
    return next((found for names in layout.photos if (found := present(root, names))), [root])


def joints_in(root: Path, layout: Arrangement) -> tuple[list[Path], Joints] | None:
    """The first of the ways to keep joints that is there."""
    for way in layout.joints:
        found = [path for path in present(root, way.patterns) if path.is_dir() == bool(way.endings)]
        if way.endings:
            found = [folder for folder in found if _any_file(folder, way.endings)]
        if found:
            return found, way
    return None


def way_of(path: Path, layout: Arrangement) -> Joints | None:
    """The way in which joints are kept at `path`, by its ending or by those of the files in it."""
    if path.is_dir():
        return next((way for way in layout.joints if way.endings and _any_file(path, way.endings)), None)
    return next((way for way in layout.joints if not way.endings and way.patterns[0].endswith(path.suffix.lower())), None)


def maps_in(root: Path, layout: Arrangement, vocabulary: str | None) -> tuple[list[Path], Maps] | None:
    """The first of the ways to keep label maps that is there, in the words of `vocabulary` if it is given."""
    for way in layout.maps:
        if vocabulary in (None, way.vocabulary):
            found = [folder for folder in present(root, way.folders) if folder.is_dir() and _any_file(folder, (way.ending,))]
            if found:
                return found, way
    return None


def other_words(root: Path, layout: Arrangement) -> list[str]:
    """The vocabularies of the label maps that lie there."""
    return [way.vocabulary for way in layout.maps if maps_in(root, layout, way.vocabulary)]


def _any_file(folder: Path, endings: Sequence[str]) -> bool:
    return any(path.name.lower().endswith(tuple(endings)) for path in folder.rglob("*.*"))
