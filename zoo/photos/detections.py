"""Files of joints as they are written: the people of OpenPose, COCO and candidate files, the rows of PATN files."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import torch
from torch import Tensor

from zoo.documents.reading import read_bounded
from zoo.errors import ZooError
from zoo.skeleton import JOINTS

Skeleton = tuple[Tensor, Tensor]  # joints (18,2) pixels, visible (18) bool
Size = tuple[int, int]  # (H, W)

LARGEST = 1 << 28  # bytes: COCO's own keypoints of 2017 take 239 MB
CONFIDENT = 0.05  # OpenPose keeps no weaker peak; detectors that answer for every joint give what they do not see less
_WIDEST = 1 << 20  # pixels

# Which joints of a format become ours, by the number of joints the format has; a pair of joints is averaged.
_ORDERS: dict[int, tuple[int | tuple[int, int], ...]] = {
    17: (0, (5, 6), 6, 8, 10, 5, 7, 9, 12, 14, 16, 11, 13, 15, 2, 1, 4, 3),  # COCO has no neck
    18: tuple(range(18)),  # OpenPose
    25: (0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18),  # BODY_25; 8 is the middle of the hips
}
_MALFORMED = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RuntimeError)  # of which RecursionError


@dataclass(frozen=True)
class Detections:
    """Everybody a file tells of, in its order, and the size of the picture that its pixels are of, where it says so."""

    people: list[Skeleton]
    frame: Size | None = None


def read_detections(path: Path, name: str | None = None) -> Detections:
    """The people of an OpenPose or COCO .json, or of a `_candidate.txt` and its `_subset.txt`, in the 18-joint order.

    `name` picks the image of a COCO file. ZooError when the file cannot be understood, or holds several images and no name
    is given.
    """
    people, frame = (_candidates(path), None) if path.name.endswith("_candidate.txt") else _json(path, name)
    strange = next((len(p) for p in people if len(p) not in _ORDERS or p.shape[1:] != (3,)), None)
    if strange is not None:
        raise not_understood(path, f"a person of {strange} joints")
    return Detections(list(map(_ordered, people)), frame)


def read_rows(path: Path) -> Iterator[tuple[str, Skeleton]]:
    """Every row of a PATN annotation file: the image's name as it is written, and its joints, missing ones not visible."""
    for number, line in enumerate(_text(path).splitlines(), 1):
        line = line.strip(" ,\t")  # spreadsheets leave commas behind
        if not line or line.startswith("name:"):
            continue
        try:
            name, ys, xs = line.rsplit(":", 2)
            joints = torch.tensor([json.loads(xs), json.loads(ys)], dtype=torch.float32)
        except _MALFORMED as error:
            raise not_understood(path, f"line {number}") from error
        if joints.shape != (2, JOINTS):
            raise not_understood(path, f"line {number}")
        yield name.strip(' "'), (joints.T, (joints != -1).all(0))


def spelling(name: str) -> str:
    """The image name of a row or a file: no folders, and `fashion` where a list says `fasion`."""
    return PurePosixPath(name.strip()).name.replace("fasion", "fashion", 1)


def not_understood(path: Path, part: str = "") -> ZooError:
    """The error for a file of no known form."""
    return ZooError(
        f"cannot understand the joints in {path.name}{', ' + part if part else ''}",
        where=str(path),
        fix="give OpenPose JSON (18 or 25 joints), COCO JSON (17), or rows name:keypoints_y:keypoints_x with 18 numbers each",
    )


def _json(path: Path, name: str | None) -> tuple[list[Tensor], Size | None]:
    """Everybody in a JSON file, (joints, 3) each: x, y, confidence; and the picture's size."""
    try:
        document = json.loads(_text(path))
        flat, frame = _openpose(document) if "people" in document else _coco(document, name, path)
        return [torch.tensor(p, dtype=torch.float32).view(-1, 3) for p in flat if p], frame
    except _MALFORMED as error:
        raise not_understood(path) from error


def _openpose(document: dict[str, Any]) -> tuple[list[list[float]], Size | None]:
    people = [p.get("pose_keypoints_2d") or p["pose_keypoints"] for p in document["people"]]
    return people, _size(document.get("canvas_height"), document.get("canvas_width"))


def _coco(document: dict[str, Any], name: str | None, path: Path) -> tuple[list[list[float]], Size | None]:
    images = [image for image in document["images"] if name in (None, image["file_name"])]
    if len(images) > 1 and name is None:
        fix = f"name the image that is meant, {images[0]['file_name']} for instance"
        raise ZooError(f"{path.name} tells of {len(images)} images", where=str(path), fix=fix, exit_code=2)
    named = {image["id"] for image in images}
    frame = _size(images[0].get("height"), images[0].get("width")) if images else None
    return [a["keypoints"] for a in document["annotations"] if a["image_id"] in named], frame


def _size(height: Any, width: Any) -> Size | None:
    if height is None or width is None:
        return None
    if not (0 < height <= _WIDEST and 0 < width <= _WIDEST and int(height) == height and int(width) == width):
        raise ValueError("no size of a picture")
    return int(height), int(width)


def _candidates(path: Path) -> list[Tensor]:
    """Everybody in a pair of files: candidates x, y, score; subset rows with 18 candidate numbers per person, -1 missing."""
    subset = path.with_name(path.name.replace("_candidate.txt", "_subset.txt"))
    try:
        points, people = (np.loadtxt(_text(p).splitlines(), ndmin=2) for p in (path, subset))
        rows = torch.from_numpy(people[:, :JOINTS]).long()
        found = torch.from_numpy(points[:, :3]).float()[rows.clamp_min(0)]
        return list(found * (rows >= 0)[..., None])
    except _MALFORMED as error:
        raise not_understood(path) from error


def _ordered(person: Tensor) -> Skeleton:
    """(joints, 3) of a known format in our order; a joint without confidence is missing."""
    pairs = torch.tensor([(j, j) if isinstance(j, int) else j for j in _ORDERS[len(person)]])
    first, second = person[pairs].unbind(1)
    joints = (first[:, :2] + second[:, :2]) / 2
    return joints, (first[:, 2] > CONFIDENT) & (second[:, 2] > CONFIDENT) & joints.isfinite().all(1)


def _text(path: Path) -> str:
    try:
        return read_bounded(path, LARGEST).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ZooError(f"cannot read {path.name}: {error}", where=str(path), fix="give a text file of joints") from error
