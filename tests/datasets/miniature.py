"""DeepFashion and Market-1501 in miniature: a few people in every layout that the field keeps them in.

Photos are made up, or those of the fixtures; either way the files have the true names, sizes, frames and forms.
"""

import json
import pickle
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw

from zoo.photos import open_photo, read_annotations
from zoo.regions import remap_table
from zoo.skeleton import LIMBS
from zoo_datasets.shots import fashion

# Two people of PATN's test list, two of its training list, two or three photos each; Market's are its own.
FASHION = (
    "WOMENTees_Tanksid0000796209_1front", "WOMENTees_Tanksid0000796209_2side", "WOMENTees_Tanksid0000796209_4full",
    "MENDenimid0000056501_1front", "MENDenimid0000056501_7additional",
    "MENTees_Tanksid0000404701_1front", "MENTees_Tanksid0000404701_7additional",
    "WOMENBlouses_Shirtsid0000763601_1front", "WOMENBlouses_Shirtsid0000763601_3back",
)  # fmt: skip
HELD_OUT = 5  # the first of them
MARKET = {
    "train": ("0002_c1s1_000451_03", "0002_c1s1_000551_01", "0007_c1s6_028546_01", "0007_c2s3_070952_01"),
    "test": ("0003_c1s6_015971_02", "0003_c4s6_015641_03", "0006_c1s1_009501_02", "0006_c2s1_000301_01",
             "-1_c1s1_000401_03", "0000_c1s1_000151_01"),
}  # fmt: skip
TORSO = {2: (0.34, 0.25), 5: (0.66, 0.25), 8: (0.4, 0.55), 11: (0.6, 0.55)}
STANDING = {
    0: (0.5, 0.12), 1: (0.5, 0.22), 3: (0.28, 0.4), 4: (0.25, 0.54), 6: (0.72, 0.4), 7: (0.75, 0.54), 9: (0.42, 0.75),
    10: (0.42, 0.94), 12: (0.58, 0.75), 13: (0.58, 0.94), 14: (0.47, 0.1), 15: (0.53, 0.1), 16: (0.44, 0.11), 17: (0.56, 0.11),
} | TORSO  # fmt: skip
WAVING = {3: (0.2, 0.22), 4: (0.12, 0.12), 6: (0.8, 0.22), 7: (0.88, 0.12), 10: (0.3, 0.92), 13: (0.75, 0.92)}
# regions of cihp20 along the limbs
WORN = {
    (1, 8): 5, (1, 11): 5, (1, 2): 5, (1, 5): 5, (2, 3): 15, (3, 4): 15, (5, 6): 14, (6, 7): 14, (8, 9): 9, (11, 12): 9,
    (9, 10): 17, (12, 13): 16, (1, 0): 13,
}  # fmt: skip


@dataclass(frozen=True)
class Snap:
    """One photo of a person."""

    name: str  # without its suffix
    photo: Image.Image  # the picture, without bands
    joints: np.ndarray  # (18,2) in pixels of it, -1 where missing
    labels: np.ndarray  # (H,W) uint8, cihp20

    def as_words(self, words: str) -> np.ndarray:
        """The labels in another vocabulary."""
        table = range(12) if words == "pinet12" else remap_table("cihp20", words)
        return np.array([*table, *[0] * 20][:20], np.uint8)[self.labels]


def made_up(names: Iterable[str], size: tuple[int, int] = (256, 176), seed: int = 0) -> list[Snap]:
    """People of flat colours before a sloping grey; every other one waves."""
    dice = np.random.default_rng(seed)
    return [_drawn(name, size, dice, STANDING | (WAVING if n % 2 else {})) for n, name in enumerate(names)]


def _drawn(name: str, size: tuple[int, int], dice: np.random.Generator, posed: dict[int, tuple[float, float]]) -> Snap:
    height, width = size
    joints = np.array([posed[j] for j in range(18)]) * (width, height) + dice.integers(-3, 4, (18, 2))
    joints = joints.round().astype(int)
    joints[dice.integers(14, 18)] = -1
    ramps = np.linspace(*dice.integers(120, 220, (2, 3)), width)[None] + np.linspace(0, 30, height)[:, None, None]
    photo = Image.fromarray(ramps.astype(np.uint8))
    labels = Image.new("L", (width, height))
    for limb in LIMBS:
        if (joints[list(limb)] >= 0).all() and limb in WORN:
            ends = [tuple(joints[j].tolist()) for j in limb]
            ImageDraw.Draw(photo).line(ends, tuple(dice.integers(0, 255, 3).tolist()), width // 8)
            ImageDraw.Draw(labels).line(ends, WORN[limb], width // 8)
    return Snap(name, photo, joints, np.array(labels))


def photographed(fixtures: Path) -> list[Snap]:
    """The pairs of `patn_format_pair` and `spt_demo` under names of the lists: two people of training, one of testing."""
    real, demo = fixtures / "patn_format_pair", fixtures / "spt_demo"
    rows = read_annotations(next(real.glob("*annotation*.csv"))) | read_annotations(demo / "imgs" / "keypoints.csv")
    seen = [("2_A", 0), ("2_B", 1), ("3_A", 7), ("3_B", 8)]
    snaps = []
    for stem, place in seen:
        joints, visible = rows[f"{stem}.jpg"]
        table = np.array([0, 13, 2, 5, 9, 12, 14, 15, 16, 17], np.uint8)  # of spt10 in cihp20
        labels = table[np.load(demo / "parsing" / f"{stem}.npy").astype(int)][:, 40:216]
        moved = torch.where(visible[:, None], joints - torch.tensor([40.0, 0.0]), -1.0)
        snaps.append(_cut(FASHION[place], demo / "imgs" / f"{stem}.jpg", moved, labels))
    for path in sorted((real / "train").glob("*.jpg")):
        joints, visible = rows[path.name]
        moved = torch.where(visible[:, None], joints, -1.0)
        snaps.append(_cut(path.stem.removeprefix("fashion"), path, moved, _along(moved.numpy().astype(int))))
    return snaps


def _cut(name: str, path: Path, joints: torch.Tensor, labels: np.ndarray) -> Snap:
    return Snap(name, open_photo(path).crop((40, 0, 216, 256)), joints.numpy().astype(int), labels)


def _along(joints: np.ndarray, size: tuple[int, int] = (256, 176)) -> np.ndarray:
    """Regions drawn along the limbs."""
    labels = Image.new("L", size[::-1])
    for limb, region in WORN.items():
        if (joints[list(limb)] >= 0).all():
            ImageDraw.Draw(labels).line([tuple(joints[j].tolist()) for j in limb], region, size[1] // 8)
    return np.array(labels)


def banded(picture: Image.Image, fill: int = 240) -> Image.Image:
    """The picture between two bands, a square."""
    square = Image.new(picture.mode, (picture.height, picture.height), fill if picture.mode == "L" else (fill,) * 3)
    square.paste(picture, ((picture.height - picture.width) // 2, 0))
    return square


def path_name(snap: Snap) -> str:
    """`WOMEN/Dresses/id_00000002/02_1_front`."""
    shot = fashion(snap.name)
    assert shot is not None and shot.identity is not None
    gender = "WOMEN" if shot.identity.startswith("WOMEN") else "MEN"
    category, _, numbers = shot.identity.removeprefix(gender).partition("id")
    view = shot.name.rpartition("_")[2].removesuffix(".jpg")
    return f"{gender}/{category}/id_{numbers[:8]}/{numbers[8:]}_{view[0]}_{view[1:]}"


def write_rows(path: Path, snaps: Sequence[Snap], prefix: str = "fashion", shift: int = 0) -> None:
    """PATN's csv; `shift` moves joints to the right, as in the frame with bands."""
    lines = ["name:keypoints_y:keypoints_x"]
    for snap in snaps:
        xs = [int(x) + shift if x >= 0 else -1 for x in snap.joints[:, 0]]
        lines.append(f"{prefix}{snap.name}.jpg: {[int(y) for y in snap.joints[:, 1]]}: {xs}")
    path.write_text("\n".join(lines) + "\n")


def save(picture: Image.Image, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, quality=95)


def split_of(snap: Snap) -> str:
    return "test" if snap.name in FASHION[:HELD_OUT] else "train"


def patn(root: Path, snaps: Sequence[Snap], suffix: str = "", prefix: str = "fashion", square: bool = True) -> None:
    """train/ and test/, 256x256 with bands, and csvs of joints in 256x176."""
    for snap in snaps:
        save(banded(snap.photo) if square else snap.photo, root / f"{split_of(snap)}{suffix}" / f"{prefix}{snap.name}.jpg")
    for split in ("train", "test"):
        write_rows(root / f"fasion-resize-annotation-{split}.csv", [s for s in snaps if split_of(s) == split], prefix)


def with_lists(root: Path, snaps: Sequence[Snap]) -> None:
    """PATN with its lists of names and of pairs."""
    patn(root, snaps)
    for split in ("train", "test"):
        mine = [s for s in snaps if split_of(s) == split]
        (root / f"{split}.lst").write_text("".join(f"fashion{s.name}.jpg\n" for s in mine))
        pairs = [(a, b) for a in mine for b in mine if a is not b and a.name.rpartition("_")[0] == b.name.rpartition("_")[0]]
        lines = [f"fashion{a.name}.jpg,fashion{b.name}.jpg\n" for a, b in pairs]
        (root / f"fasion-resize-pairs-{split}.csv").write_text("from,to\n" + "".join(lines))


def heat_maps(root: Path, snaps: Sequence[Snap], size: tuple[int, int] = (256, 176), gaussian: bool = False) -> None:
    """PATN without csvs: maps (H,W,18), of one pixel for each joint as the community's script writes them, or Gaussians."""
    patn(root, snaps)
    for path in root.glob("*.csv"):
        path.unlink()
    rows, columns = np.mgrid[: size[0], : size[1]]
    for snap in snaps:
        maps = np.zeros((*size, 18), np.float32 if gaussian else np.uint8)
        for j, (x, y) in enumerate(snap.joints):
            column = x + (size[1] - 176) // 2
            if x >= 0 and gaussian:
                maps[..., j] = np.exp(-((rows - y) ** 2 + (columns - column) ** 2) / (2 * 6**2))
            elif x >= 0:
                maps[y, column, j] = 1
        folder = root / f"{split_of(snap)}K"
        folder.mkdir(exist_ok=True)
        np.save(folder / f"fashion{snap.name}.jpg.npy", maps)


def large(root: Path, snaps: Sequence[Snap]) -> None:
    """In-shop's large photos, 1101x750, as CFLD keeps them."""
    grown = [Snap(s.name, s.photo.resize((750, 1101), Image.Resampling.BICUBIC), s.joints, s.labels) for s in snaps]
    patn(root, grown, suffix="_highres", square=False)


def squashed(root: Path, snaps: Sequence[Snap]) -> None:
    """The middle squeezed to a square, as PIDM keeps it."""
    patn(root, [Snap(s.name, s.photo.resize((256, 256)), s.joints, s.labels) for s in snaps], square=False)


def with_maps(
    root: Path, snaps: Sequence[Snap], words: str, name: Callable[[Snap], str], square: bool = False, photos: bool = False
) -> None:
    """PATN with label maps at `name`, between bands where `square`; photos 256x176 where not `photos`."""
    patn(root, snaps, square=photos)
    for snap in snaps:
        labels = Image.fromarray(snap.as_words(words))
        path = root / name(snap)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".npy":
            np.save(path, np.array(labels).astype(np.int64))
        else:
            (banded(labels, 0) if square else labels).save(path)


def spgnet(root: Path, snaps: Sequence[Snap]) -> None:
    """img/img, label/split.json, label/pose_label.pkl as Python 2 pickled it, and seg."""
    (root / "label").mkdir(parents=True)
    (root / "seg").mkdir()
    splits: dict[str, list[tuple[str, str]]] = {"train": [], "test": []}
    labels = {}
    for snap in snaps:
        sid = "fasion" + snap.name.replace("_", "", snap.name.count("_") - 1)
        save(banded(snap.photo), root / "img" / "img" / f"{sid}.jpg")
        banded(Image.fromarray(snap.labels), 0).save(root / "seg" / f"{sid}.png")
        labels[sid] = [[int(x) + 40 if x >= 0 else -1, int(y)] for x, y in snap.joints]
        others = [s for s in snaps if s is not snap and s.name.rpartition("_")[0] == snap.name.rpartition("_")[0]]
        splits[split_of(snap)] += [(sid, "fasion" + s.name.replace("_", "", s.name.count("_") - 1)) for s in others]
    (root / "label" / "split.json").write_text(json.dumps(splits))
    (root / "label" / "pose_label.pkl").write_bytes(pickle.dumps(labels, 2))


def nted(root: Path, snaps: Sequence[Snap], lmdb: bool = False) -> None:
    """Photos by path names, 512x352, in an lmdb or in folders; pose/*.txt in pixels of 256x256; lists target,source."""
    stored = {}
    for snap in snaps:
        name = path_name(snap)
        stored[f"img/{name}.png"] = snap.photo.resize((352, 512), Image.Resampling.BICUBIC)
        points = [(int(x) + 40 if x >= 0 else -1, int(y)) for x, y in snap.joints]
        text = root / "pose" / f"{name}.txt"
        text.parent.mkdir(parents=True, exist_ok=True)
        text.write_text("".join(f"{x} {y}\n" for x, y in points))
    for split in ("train", "test"):
        mine = [s for s in snaps if split_of(s) == split]
        pairs = [(a, b) for a in mine for b in mine if a is not b and a.name.rpartition("_")[0] == b.name.rpartition("_")[0]]
        lines = [f"img/{path_name(b)}.jpg,img/{path_name(a)}.jpg\n" for a, b in pairs]
        (root / f"{split}_pairs.txt").write_text("".join(lines))
    if lmdb:
        _pack(root / "512-352", stored)
    else:
        for name, picture in stored.items():
            save(picture, root / "512-352" / name)


def _pack(folder: Path, stored: dict[str, Image.Image]) -> None:
    import io

    import lmdb

    with lmdb.open(str(folder), map_size=1 << 28) as store, store.begin(write=True) as writing:
        writing.put(b"length", str(len(stored)).encode())
        for name, picture in stored.items():
            buffer = io.BytesIO()
            picture.save(buffer, "png")
            writing.put(name.encode(), buffer.getvalue())


def in_shop(root: Path, snaps: Sequence[Snap]) -> None:
    """The photos as they are given away, with OpenPose's candidate and subset files as CoCosNet keeps them."""
    for snap in snaps:
        name = path_name(snap)
        save(banded(snap.photo), root / "img" / f"{name}.jpg")
        found = [j for j in range(18) if snap.joints[j, 0] >= 0]
        folder = (root / "pose" / name).parent
        folder.mkdir(parents=True, exist_ok=True)
        rows = [f"{snap.joints[j, 0] + 40}.0 {snap.joints[j, 1]}.0 0.9 {k}.0" for k, j in enumerate(found)]
        (root / "pose" / f"{name}_candidate.txt").write_text("\n".join(rows))
        subset = [found.index(j) if j in found else -1 for j in range(18)]
        (root / "pose" / f"{name}_subset.txt").write_text(" ".join(f"{n}.0" for n in [*subset, 20, len(found)]))


def market_stored(
    root: Path, folders: tuple[str, str] = ("bounding_box_train", "bounding_box_test"), maps: bool = True
) -> None:
    """Market-1501 as it is given away, with pose-gan's csvs and SPGNet's label maps, `a___a`."""
    for split, folder in zip(("train", "test"), folders, strict=True):
        snaps = made_up(MARKET[split], (128, 64), seed=len(folder))
        for snap in snaps:
            save(snap.photo, root / folder / f"{snap.name}.jpg")
            if maps:
                wide = banded(Image.fromarray(snap.labels).resize((128, 256), Image.Resampling.NEAREST), 0)
                save(wide, root / "seg" / f"{snap.name}___{snap.name}.png")
        write_rows(root / f"market-annotation-{split}.csv", snaps, prefix="")
