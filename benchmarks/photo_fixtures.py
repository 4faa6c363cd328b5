"""Photographs that none of the nets of `zoo_photos` was trained on, with the joints or regions that others gave them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from zoo.photos import read_annotations, read_joints
from zoo.photos.sightings import Skeleton


@dataclass(frozen=True)
class Photo:
    """A picture and what is known of it."""

    name: str
    picture: Tensor  # (3,H,W) in [-1,1]
    joints: Tensor | None = None  # (18,2) pixels
    visible: Tensor | None = None  # (18) bool
    labels: Tensor | None = None  # (H,W) int64
    vocabulary: str = ""  # of the labels


def tensor(image: Image.Image) -> Tensor:
    """(3,H,W) in [-1,1]."""
    return torch.from_numpy(np.array(image.convert("RGB"))).permute(2, 0, 1).float() / 127.5 - 1


def picture(path: Path) -> Tensor:
    """(3,H,W) in [-1,1]."""
    return tensor(Image.open(path))


def spt_demo(root: Path) -> Iterator[Photo]:
    folder = root / "spt_demo"
    rows = read_annotations(folder / "imgs/keypoints.csv")
    for path in sorted((folder / "imgs").glob("*.jpg")):
        labels = torch.from_numpy(np.load(folder / f"parsing/{path.stem}.npy").astype(np.int64))
        yield Photo(path.stem, picture(path), *rows[path.name], labels, "spt10")


def cocosnet_deepfashion(root: Path) -> Iterator[Photo]:
    folder = root / "cocosnet_deepfashion"
    for path in sorted((folder / "img").rglob("*.jpg")):
        beside = (folder / "pose" / path.relative_to(folder / "img")).with_suffix("")
        yield Photo(path.stem, picture(path), *read_joints(beside.with_name(f"{beside.name}_candidate.txt")))


def viton_samples(root: Path) -> Iterator[Photo]:
    folder = root / "viton_samples"
    for path in sorted((folder / "image").glob("*.jpg")):
        labels = torch.from_numpy(np.array(Image.open(folder / f"image-parse-new/{path.stem}.png")).astype(np.int64))
        yield Photo(path.stem, picture(path), *read_joints(folder / f"pose/{path.stem}_keypoints.json"), labels, "cihp20")


def coco_person_ccby(root: Path) -> Iterator[Photo]:
    folder = root / "coco_person_ccby"
    yield Photo(
        "000000000785", picture(folder / "000000000785.jpg"), *read_joints(folder / "annotation.json", "000000000785.jpg")
    )


def market1501_images(root: Path) -> Iterator[Photo]:
    folder = root / "market1501_images"
    rows: dict[str, Skeleton] = read_annotations(folder / "market-annotation-subset.csv")
    for path in sorted(folder.rglob("*.jpg")):
        if rows[path.name][1].any():
            yield Photo(path.stem, picture(path), *rows[path.name])


def cihp_pgn_samples(root: Path) -> Iterator[Photo]:
    folder = root / "cihp_pgn_samples"
    for path in sorted((folder / "images").iterdir()):
        labels = torch.from_numpy(np.array(Image.open(folder / f"labels/{path.stem}.png")).astype(np.int64))
        yield Photo(path.stem, picture(path), labels=labels, vocabulary="cihp20")


JOINTED = {f.__name__: f for f in (spt_demo, cocosnet_deepfashion, viton_samples, coco_person_ccby, market1501_images)}
PARSED = {f.__name__: f for f in (spt_demo, viton_samples, cihp_pgn_samples)}
