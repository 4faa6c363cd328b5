"""The photographs that the nets of `zoo_photos` learn from: read once into arrays that all trainings map into memory.

Held out, of every net: the tenth of ccp176 that `zoo_datasets.splits.held_out(name, 0.1)` names, and of `walkers`
(photo_walkers.py) the people of one video. pose2sim_persons is two people and all of it trains.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from zoo.regions import vocabulary
from zoo_datasets.splits import held_out

SIZE = (256, 176)
HELD_OUT = 0.1
UNKNOWN = 255  # label of a photo without a map
SURE, UNSURE = 0.3, 0.15  # confidence from which a joint is there, and below which it is not; between, nobody knows
BACK = -0.3  # of `facing`: further below, somebody is seen from behind
NOSE, EYES, EARS = 0, [14, 15], [16, 17]
FOLDERS = ("ccp176", "pose2sim_persons", "walkers")
HELD_OUT_WALKERS = "store-aisle-detection"
_APART = 8.0  # pixels between the teacher's two looks at which its confidence has halved twice
_THROAT = 0.6  # of the way from nose to neck the face ends

# What Clothing Co-Parsing's labels are in CIHP's; on arm, leg or foot the limb decides which of two. Bags are nothing.
_AS_CIHP = {
    "sunglasses": "glasses sunglasses",
    "hair": "hair",
    "hat": "hat",
    "scarf": "scarf",
    "upper": "belt blouse bodysuit bra hoodie intimate jumper necklace shirt sweater sweatshirt swimwear t-shirt tie top vest",
    "coat": "blazer cape cardigan coat jacket suit",
    "dress": "dress romper",
    "skirt": "skirt",
    "pants": "jeans leggings panties pants shorts",
    "face": "earrings skin",
    "arm": "bracelet gloves ring watch",
    "leg": "socks stockings tights",
    "shoe": "boots clogs flats heels loafers pumps sandals shoes sneakers wedges",
}
_ARRAYS = ("images", "labels", "joints", "confidence", "test")


@dataclass(frozen=True)
class Shelf:
    """N photos at 256x176 with what is known of them."""

    names: list[str]
    images: Tensor  # (N,3,256,176) uint8
    labels: Tensor  # (N,256,176) uint8, cihp20, UNKNOWN where there is no map
    joints: Tensor  # (N,18,2)
    confidence: Tensor  # (N,18) the teacher's, over both its looks
    test: Tensor  # (N) bool

    @property
    def parsed(self) -> Tensor:
        """(N) bool: which have a hand-made map."""
        return self.labels[:, 0, 0] != UNKNOWN

    def __deepcopy__(self, memo: object) -> "Shelf":
        return self  # lessons are copied for their running mean, photos are not

    def to(self, device: str) -> "Shelf":
        return Shelf(self.names, *(getattr(self, k).to(device) for k in _ARRAYS))

    def beside(self, other: "Shelf") -> "Shelf":
        """Both, `other` after this one."""
        return Shelf(self.names + other.names, *(torch.cat((getattr(self, k), getattr(other, k))) for k in _ARRAYS))


def shelf(photos: Path, teacher: Path, cache: Path) -> Shelf:
    """The shelf of the folders `FOLDERS` in `photos`, from `cache` where it stands there already."""
    if not (cache / "names.json").exists():
        _fill(photos, teacher, cache)
    names = json.loads((cache / "names.json").read_text())
    arrays = {
        k: torch.from_numpy(np.load(cache / f"{k}.npy", mmap_mode="c")) for k in ("images", "labels", "joints", "confidence")
    }
    arrays["confidence"] = faceless(arrays["joints"], arrays["confidence"])
    return Shelf(names=names, test=torch.tensor([_held_out(name) for name in names]), **arrays)


def facing(joints: Tensor) -> Tensor:
    """(B) of joints (B,18,2): shoulders' width in lengths of the trunk; 0 from the side, below it from behind."""
    shoulders, hips = joints[:, [2, 5]], joints[:, [8, 11]]
    trunk = (shoulders.mean(1) - hips.mean(1)).norm(dim=-1).clamp(min=1)
    return (shoulders[:, 1, 0] - shoulders[:, 0, 0]) / trunk


def faceless(joints: Tensor, confidence: Tensor) -> Tensor:
    """The confidence (N,18) without the faces that the teacher sees on the backs of heads: noses between the ears of a back."""
    nose, ears = joints[:, NOSE, 0], joints[:, EARS, 0]
    within = (nose - ears.mean(1)).abs() < 0.8 * (ears[:, 0] - ears[:, 1]).abs() / 2
    behind = (facing(joints) < BACK) & (confidence[:, [2, 5]] >= SURE).all(1) & within
    known = confidence.clone()
    known[:, [NOSE, *EYES]] = confidence[:, [NOSE, *EYES]].where(~behind[:, None], 0)
    known[:, EARS] = confidence[:, EARS].where(~behind[:, None], (SURE + UNSURE) / 2)  # there perhaps, and which is which?
    return known


def _held_out(name: str) -> bool:
    folder, file = name.split("/", 1)[0], Path(name).name
    return held_out(file, HELD_OUT) if folder == "ccp176" else file.startswith(HELD_OUT_WALKERS)


def _fill(photos: Path, teacher: Path, cache: Path) -> None:
    files = [file for folder in FOLDERS for file in sorted((photos / folder / "images").glob("*.jpg"))]
    joints, confidence = taught(teacher, [file.name for file in files])
    images = np.stack([np.asarray(Image.open(file).convert("RGB")).transpose(2, 0, 1) for file in files])
    labels = np.stack([_labels(file, j, c) for file, j, c in zip(files, joints, confidence, strict=True)])
    cache.mkdir(parents=True, exist_ok=True)
    for name, array in {"images": images, "labels": labels, "joints": joints, "confidence": confidence}.items():
        np.save(cache / f"{name}.npy", array)
    (cache / "names.json").write_text(json.dumps([str(file.relative_to(photos)) for file in files]))  # last: now it stands


def taught(path: Path, names: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """The teacher's joints (N,18,2) and confidence (N,18): the mean of its looks, doubted where they lie apart."""
    told = np.load(path)
    row = {name: i for i, name in enumerate(told["names"])}
    rows = [row[name] for name in names]
    joints, confidence = told["joints"][rows], told["confidence"][rows]
    apart = np.linalg.norm(joints[:, 0] - joints[:, 1], axis=-1)
    return joints.mean(1).astype(np.float32), (confidence.mean(1) * np.exp(-((apart / _APART) ** 2))).astype(np.float32)


def _labels(file: Path, joints: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    """cihp20 labels (256,176) from the garments of parse59 and the limbs of parse10."""
    garments, limbs = (file.parents[1] / folder / f"{file.stem}.png" for folder in ("parse59", "parse10"))
    if not garments.exists():
        return np.full(SIZE, UNKNOWN, np.uint8)
    worn, limb = np.asarray(Image.open(garments)), np.asarray(Image.open(limbs))
    found = np.where(np.isin(limb, (7, 9)), _RIGHT[worn], _LEFT[worn])
    skin = worn == vocabulary("ccp59").index("skin")
    for spt, label in ((6, "l_arm"), (7, "r_arm"), (8, "l_leg"), (9, "r_leg")):
        found[skin & (limb == spt)] = vocabulary("cihp20").index(label)
    found[skin & (limb == 1) & _below_the_chin(joints, confidence)] = vocabulary("cihp20").index("torso_skin")
    return found.astype(np.uint8)


def _table(side: str) -> np.ndarray:
    """cihp20's label of each of ccp59's, on the person's left ("l_") or right ("r_")."""
    words = vocabulary("cihp20").labels
    to = {word: label if label in words else side + label for label, worn in _AS_CIHP.items() for word in worn.split()}
    return np.array([words.index(to.get(word, "background")) for word in vocabulary("ccp59").labels])


_LEFT, _RIGHT = _table("l_"), _table("r_")


def _below_the_chin(joints: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    if confidence[:2].min() < UNSURE:
        return np.zeros(SIZE, bool)
    nose, neck = joints[0], joints[1]
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    along = (x - nose[0]) * (neck[0] - nose[0]) + (y - nose[1]) * (neck[1] - nose[1])
    return along > _THROAT * max(((neck - nose) ** 2).sum(), 1.0)
