"""Joints of a whole data set, with the frame that they are in pixels of: rows of csvs, a pickle, or a file for each photo."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from zoo.errors import ZooError
from zoo.photos import read_joints, read_rows
from zoo.photos.arrays import read_array
from zoo.photos.detections import Skeleton
from zoo.photos.joints import Nobody
from zoo.skeleton import JOINTS
from zoo_datasets.frames import Form, Frame, check_joints
from zoo_datasets.pickled import read_numbers


@dataclass(frozen=True)
class JointRow:
    """What is said of the joints of a photo."""

    name: str  # as it is written
    skeleton: Skeleton
    frame: Frame | None  # whose pixels they are of; None: the stored photo's
    place: str  # the file or the folder that says so


def read_all(
    path: Path, endings: Sequence[str], frame: Frame | None, form: Form, wanted: Callable[[str], bool]
) -> Iterator[JointRow]:
    """The rows of a csv or a pickle, or one from each file of a folder whose name is `wanted`; `frame` where no file says it.

    A file that shows nobody has no row.
    """
    if path.is_dir():
        for file in sorted(p for p in path.rglob("*.*") if p.name.lower().endswith(tuple(endings))):
            name = file.relative_to(path).as_posix()
            if wanted(name) and (skeleton := _somebody(file)):
                yield JointRow(name, skeleton, _map_frame(file, form) or frame, path.name)
    elif path.suffix.lower() == ".pkl":
        yield from (JointRow(name, skeleton, frame, path.name) for name, skeleton in read_pickled(path))
    else:
        yield from (JointRow(name, skeleton, frame, path.name) for name, skeleton in read_rows(path))


def check_rows(rows: Sequence[JointRow], frame: Frame, form: Form, where: str) -> None:
    """ZooError when joints that are said to be in pixels of `frame` cannot be."""
    high, wide = form.proportions
    known = [Frame((high, wide)), Frame((high, high), (high - wide) // 2), Frame((2 * high, 2 * wide))]
    check_joints((row.skeleton for row in rows if row.frame == frame), frame, known, where)


def placed(row: JointRow, stored: Frame, shown: Frame) -> Skeleton | None:
    """The joints in pixels of what is shown of a photo, those outside missing; None when most are."""
    joints, visible = row.skeleton
    moved = (row.frame or stored).joints(joints, shown)
    inside = visible & shown.holds(moved)
    if not visible.any() or 2 * inside.sum() < visible.sum():
        return None
    return torch.where(inside[:, None], moved, 0.0), inside


def _somebody(file: Path) -> Skeleton | None:
    try:
        return read_joints(file, notice=lambda text: None)
    except Nobody:
        return None


def _map_frame(file: Path, form: Form) -> Frame | None:
    """The frame of heat maps (H,W,18), which is their own size."""
    if file.suffix.lower() != ".npy":
        return None
    shape = read_array(file, "joints").shape
    frame = form.frame((shape[0], shape[1])) if len(shape) == 3 else None
    if frame is None:
        raise ZooError(
            f"{file.name} has shape {shape}", where=str(file), fix="give heat maps (H,W,18), as their authors made them"
        )
    return frame


def read_pickled(path: Path) -> Iterator[tuple[str, Skeleton]]:
    """{name: 18 times (x, y)}, as Intr-Flow and SPGNet keep them; what is missing is -1."""
    held: Any = read_numbers(path)
    if not isinstance(held, Mapping):
        raise ZooError(
            f"{path.name} holds {type(held).__name__}, not joints by name", where=str(path), fix="give pose_label.pkl"
        )
    for name, points in held.items():
        joints = np.asarray(points, np.float32) if _numeric(points) else np.empty(0)
        if joints.shape != (JOINTS, 2):
            what = f"{path.name} holds no 18 joints x, y of {name}"
            raise ZooError(what, where=str(path), fix="give {name: 18 times (x, y)}, as pose_label.pkl has them")
        found = torch.from_numpy(joints)
        yield str(name), (found, (found != -1).all(1))


def _numeric(points: Any) -> bool:
    try:
        return np.asarray(points).dtype.kind in "iuf"
    except ValueError:  # lists of unequal length
        return False
