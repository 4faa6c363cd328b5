"""Joints of one person from OpenPose, COCO and PATN files, brought into the 18-joint order."""

import json
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import torch
from torch import Tensor

from zoo.errors import ZooError
from zoo.skeleton import JOINTS


class Nobody(ZooError):  # noqa: N818 (a photo may well show nobody)
    """There is no person to read."""


Skeleton = tuple[Tensor, Tensor]  # joints (18,2) pixels, visible (18) bool

# Which joints of a format become ours, by the number of joints the format has; a pair of joints is averaged.
_ORDERS: dict[int, tuple[int | tuple[int, int], ...]] = {
    17: (0, (5, 6), 6, 8, 10, 5, 7, 9, 12, 14, 16, 11, 13, 15, 2, 1, 4, 3),  # COCO has no neck
    18: tuple(range(18)),  # OpenPose
    25: (0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18),  # BODY_25; 8 is the middle of the hips
}
_NOBODY = "nobody was detected: use another photo or detector"
_FRAMES = ((128, 64), (256, 176), (256, 256), (512, 352), (512, 512), (1101, 750))  # (H, W) the field annotates in


def read_joints(path: Path, name: str | None = None, frame: tuple[int, int] | None = None) -> Skeleton:
    """The joints (18,2) in pixels and which are visible (18) of one person; joints outside `frame` (H,W) count as missing.

    `.json` is OpenPose (18 or 25 joints) or COCO (17), `_candidate.txt` goes with its `_subset.txt`, `.csv` holds the rows
    `name:keypoints_y:keypoints_x` of PATN, of which `name` picks one. Of several people the most confident is read.
    ZooError when no joint is there, most lie outside `frame`, or the file cannot be understood.
    """
    if path.suffix == ".csv":
        skeleton = _row(path, name)
    else:
        people = _candidates(path) if path.name.endswith("_candidate.txt") else _people(path, name)
        if not people:
            raise Nobody(f"{path.name} holds no person{f' of {name}' if name else ''}", where=str(path), fix=_NOBODY)
        skeleton = _skeleton(max(people, key=lambda p: float(p[:, 2].sum())))
    return checked(skeleton, frame, where=f"{path}{f' ({name})' if name else ''}")


def read_annotations(path: Path) -> dict[str, Skeleton]:
    """Every row of a PATN annotation file by image name, spelt `fashion...`; nothing is checked but the form."""
    return {spelling(name): skeleton for name, skeleton in read_rows(path)}


def read_rows(path: Path) -> Iterator[tuple[str, Skeleton]]:
    """Every row of a PATN annotation file: the image's name as it is written, and its joints, missing ones not visible."""
    for number, line in enumerate(_text(path).splitlines(), 1):
        line = line.strip(" ,\t")  # spreadsheets leave commas behind
        if not line or line.startswith("name:"):
            continue
        try:
            name, ys, xs = line.rsplit(":", 2)
            joints = torch.tensor([json.loads(xs), json.loads(ys)], dtype=torch.float32).T
        except (ValueError, TypeError, RecursionError) as error:
            raise _not_understood(path, f"line {number}") from error
        if joints.shape != (JOINTS, 2):
            raise _not_understood(path, f"line {number}")
        yield name.strip(' "'), (joints, (joints != -1).all(1))


def spelling(name: str) -> str:
    """The image name of a row or a file: no folders, and `fashion` where a list says `fasion`."""
    return PurePosixPath(name.strip()).name.replace("fasion", "fashion", 1)


def checked(skeleton: Skeleton, frame: tuple[int, int] | None, where: str) -> Skeleton:
    """The skeleton with missing joints at zero. ZooError when nobody is there or the joints are of another frame."""
    joints, visible = skeleton
    visible = visible & joints.isfinite().all(1)
    if not visible.any():
        raise Nobody("all joints are missing", where=where, fix=_NOBODY)
    if frame is not None:
        limits = torch.tensor([frame[1], frame[0]]) - 0.5  # the edges of the outermost pixels
        inside = visible & ((joints >= -0.5) & (joints <= limits)).all(1)
        if 2 * inside.sum() < visible.sum() or (visible.sum() > 2 and joints[visible].abs().max() <= 1):
            raise _wrong_frame(joints[visible], int((visible & ~inside).sum()), frame, where)
        visible = inside
    return torch.where(visible[:, None], joints, 0.0), visible


def _wrong_frame(joints: Tensor, outside: int, frame: tuple[int, int], where: str) -> ZooError:
    width, height = (joints.amax(0) + 1).ceil().int().tolist()
    seems = next((f"{h}x{w}" for h, w in _FRAMES if height <= h and width <= w), f"at least {height}x{width}")
    what = f"{outside} of {len(joints)} joints lie outside the image of {frame[0]}x{frame[1]} (height x width)"
    fix = f"give joints in pixels of this image; these seem to be of a frame of {seems}"
    if joints.abs().max() <= 1:
        what, fix = "the joints run from 0 to 1: they are shares of the image", "give joints in pixels"
    return ZooError(what, where=where, fix=fix)


def _row(path: Path, name: str | None) -> Skeleton:
    rows = read_annotations(path)
    if name is None and len(rows) == 1:
        return next(iter(rows.values()))
    if name is None or spelling(name) not in rows:
        what = f"has {len(rows)} rows" if name is None else f"has no row for {name!r}"
        examples = get_close_matches(name or "", rows, 1, cutoff=0.5) or [*rows][:3]
        fix = f"name the image whose row is meant, {' or '.join(examples)} for instance"
        raise ZooError(f"{path.name} {what}", where=str(path), fix=fix, exit_code=2)
    return rows[spelling(name)]


def _people(path: Path, name: str | None) -> list[Tensor]:
    """Everybody in a JSON file, (joints, 3) each: x, y, confidence."""
    try:
        document = json.loads(_text(path))
        flat = _openpose(document) if "people" in document else _coco(document, name)
        people = [torch.tensor(p, dtype=torch.float32).view(-1, 3) for p in flat if p]
    except (ValueError, TypeError, KeyError, AttributeError, RuntimeError, RecursionError) as error:
        raise _not_understood(path) from error
    if any(len(p) not in _ORDERS for p in people):
        raise _not_understood(path, f"a person of {len(people[0])} joints")
    return people


def _openpose(document: dict[str, Any]) -> list[list[float]]:
    return [p.get("pose_keypoints_2d") or p["pose_keypoints"] for p in document["people"]]


def _coco(document: dict[str, Any], name: str | None) -> list[list[float]]:
    named = {image["id"] for image in document["images"] if name in (None, image["file_name"])}
    return [a["keypoints"] for a in document["annotations"] if a["image_id"] in named]


def _candidates(path: Path) -> list[Tensor]:
    """Everybody in a pair of files: candidates x, y, score; subset rows with 18 candidate numbers per person, -1 missing."""
    subset = path.with_name(path.name.replace("_candidate.txt", "_subset.txt"))
    try:
        points, people = (np.loadtxt(_text(p).splitlines(), ndmin=2) for p in (path, subset))
        rows = torch.from_numpy(people[:, :JOINTS]).long()
        found = torch.from_numpy(points[:, :3]).float()[rows.clamp_min(0)]
        return list(found * (rows >= 0)[..., None])
    except (ValueError, IndexError, RuntimeError) as error:
        raise _not_understood(path) from error


def _skeleton(person: Tensor) -> Skeleton:
    """(joints, 3) of a known format in our order; a confidence of 0 is a missing joint."""
    pairs = torch.tensor([(j, j) if isinstance(j, int) else j for j in _ORDERS[len(person)]])
    first, second = person[pairs].unbind(1)
    return (first[:, :2] + second[:, :2]) / 2, (first[:, 2] > 0) & (second[:, 2] > 0)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise ZooError(f"there is no file {path.name}", where=str(path.parent), fix="check the path") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ZooError(f"cannot read {path.name}: {error}", where=str(path), fix="give a text file of joints") from error


def _not_understood(path: Path, part: str = "") -> ZooError:
    return ZooError(
        f"cannot understand the joints in {path.name}{', ' + part if part else ''}",
        where=str(path),
        fix="give OpenPose JSON (18 or 25 joints), COCO JSON (17), or rows name:keypoints_y:keypoints_x with 18 numbers each",
    )
