"""The joints of one person: which of several, in pixels of which picture, and whether that can be."""

import logging
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path

import torch
from torch import Tensor

from zoo.errors import ZooError
from zoo.ops.maps import scale_joints
from zoo.photos.detections import Size, Skeleton, read_detections, read_rows, spelling
from zoo.skeleton import JOINTS

log = logging.getLogger(__name__)

FEW = 6  # joints below which a pose can hardly be told
_NOBODY = "nobody was detected: use another photo or detector"
_FRAMES = ((128, 64), (256, 176), (256, 256), (512, 352), (512, 512), (1101, 750))  # (H, W) the field annotates in
_ALIKE = 0.02  # by how much the proportions of a picture change when its size is rounded


class Nobody(ZooError):  # noqa: N818 (a photo may well show nobody)
    """There is no person to read."""


def read_joints(
    path: Path,
    name: str | None = None,
    frame: Size | None = None,
    person: int | None = None,
    notice: Callable[[str], object] = log.warning,
) -> Skeleton:
    """The joints (18,2) in pixels and which are visible (18) of one person; joints outside `frame` (H,W) count as missing.

    `.json` is OpenPose (18 or 25 joints) or COCO (17), `_candidate.txt` goes with its `_subset.txt`, `.csv` holds the rows
    `name:keypoints_y:keypoints_x` of PATN, of which `name` picks one. Of several people the largest is read, or the one with
    the number `person`, counted from 1 in the file's order. Joints of a file that says its picture's size are brought to
    `frame`. `notice` is told of a choice among people and of a pose of few joints.

    ZooError when no joint is there, most lie outside `frame`, the file's picture has other proportions than `frame`, or the
    file cannot be understood.
    """
    where = f"{path}{f' ({name})' if name else ''}"
    if path.suffix.lower() == ".csv":
        if person is not None:
            raise ZooError(f"a row of {path.name} is one person", where=where, fix="leave the person's number out", exit_code=2)
        skeleton = _row(path, name)
    else:
        found = read_detections(path, name)
        if not found.people:
            raise Nobody(f"{path.name} holds no person{f' of {name}' if name else ''}", where=str(path), fix=_NOBODY)
        skeleton = _brought(_chosen(found.people, person, path, notice), found.frame, frame, where)
    joints, visible = checked(skeleton, frame, where)
    if visible.sum() < FEW:
        notice(f"{path.name}: {int(visible.sum())} of {JOINTS} joints are visible, too few to tell a pose by")
    return joints, visible


def read_annotations(path: Path) -> dict[str, Skeleton]:
    """Every row of a PATN annotation file by image name, spelt `fashion...`; nothing is checked but the form."""
    return {spelling(name): skeleton for name, skeleton in read_rows(path)}


def checked(skeleton: Skeleton, frame: tuple[int, int] | None, where: str) -> Skeleton:
    """The skeleton with missing joints at zero. ZooError when nobody is there or the joints are of another frame."""
    joints, visible = skeleton
    visible = visible & joints.isfinite().all(1)
    if not visible.any():
        raise Nobody("all joints are missing", where=where, fix=_NOBODY)
    if frame is not None:
        limits = torch.tensor([frame[1], frame[0]]) - 0.5  # the edges of the outermost pixels
        inside = visible & ((joints >= -0.5) & (joints <= limits)).all(1)
        if 2 * inside.sum() < visible.sum() or _are_shares(joints[visible]):
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


def _chosen(people: list[Skeleton], person: int | None, path: Path, notice: Callable[[str], object]) -> Skeleton:
    if person is not None:
        if not 1 <= person <= len(people):
            what = f"{path.name} holds {len(people)} people and no person {person}"
            raise ZooError(what, where=str(path), fix=f"name one of 1 to {len(people)}", exit_code=2)
        return people[person - 1]
    largest = max(range(len(people)), key=lambda i: _extent(people[i]))
    if sum(_extent(skeleton) > 0 for skeleton in people) > 1:
        notice(f"{path.name} holds {len(people)} people: person {largest + 1}, the largest, is read; its number picks another")
    return people[largest]


def _extent(skeleton: Skeleton) -> float:
    """The diagonal of the box round the visible joints: who stands in front is large, however few joints are seen."""
    joints, visible = skeleton
    if not visible.any():
        return 0.0
    return float((joints[visible].amax(0) - joints[visible].amin(0)).norm())


def _brought(skeleton: Skeleton, stated: Size | None, frame: Size | None, where: str) -> Skeleton:
    """Joints in pixels of `frame`; those of a picture of the size `stated` are scaled if it has the same proportions."""
    if stated is None:
        return skeleton
    joints, visible = skeleton
    if _are_shares(joints[visible]):
        joints = joints * joints.new_tensor(stated[::-1]) - 0.5
    if frame is None:
        return joints, visible
    if abs(stated[0] * frame[1] - stated[1] * frame[0]) > _ALIKE * stated[0] * frame[1]:
        what = f"the joints are of a picture of {stated[0]}x{stated[1]} (height x width), not of {frame[0]}x{frame[1]}"
        fix = f"give joints of this very picture, or say the other one's size: --target-frame {stated[0]}x{stated[1]}"
        raise ZooError(what, where=where, fix=fix)
    return scale_joints(joints, stated, frame), visible


def _are_shares(joints: Tensor) -> bool:
    """Whether visible joints are no pixels, but run from 0 to 1 over the picture."""
    return len(joints) > 2 and float(joints.abs().max()) <= 1


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
