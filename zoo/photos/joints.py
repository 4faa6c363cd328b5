"""The joints of one person: which of several, in pixels of which picture, and whether that can be."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor

from zoo.errors import ZooError
from zoo.ops.maps import scale_joints
from zoo.photos.detections import read_picture, read_rows, spelling
from zoo.photos.sightings import Detections, Seen, Size, Skeleton
from zoo.skeleton import JOINTS

log = logging.getLogger(__name__)

FEW = 6  # joints below which a pose can hardly be told
LEAST = 3  # joints below which there is no pose
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
    *,
    confidence: float | None = None,
) -> Skeleton:
    """The joints (18,2) in pixels and which are visible (18) of one person; joints outside `frame` (H,W) count as missing.

    The file is of any spelling that `zoo.photos.sightings.READ` lists; `name` picks one picture of several. `person` and
    `confidence` are those of `one_person`.

    ZooError when fewer than 3 joints are there, most lie outside `frame`, the file's picture has other proportions than
    `frame`, or the file cannot be understood.
    """
    picture = read_picture(path, name)
    where = f"{path} ({picture.name})" if picture.name else str(path)
    return one_person(picture.read(), frame, where, person=person, confidence=confidence, notice=notice)


def one_person(
    found: Detections,
    frame: Size | None,
    where: str,
    *,
    person: int | None = None,
    confidence: float | None = None,
    notice: Callable[[str], object] = log.warning,
) -> Skeleton:
    """One of the people that the file `where` tells of, in pixels of `frame` (H,W).

    `person` counts from 1 in the file's order; by default it is the one who weighs most: size times confidence. A joint is
    visible that is surer than `confidence`: by default 0.05 in OpenPose's formats (18 or 25 joints), which leave out what was
    not seen, and 0.3 in the others, whose detectors answer for every joint. Joints of a file that says its picture's size, and
    joints that run from 0 to 1, are brought to `frame`. `notice` is told of a choice among people and of a pose of few joints.
    """
    if not found.people:
        raise Nobody("there is no person", where=where, fix=_NOBODY)
    skeleton = _chosen(found.people, person, where, notice).skeleton(confidence)
    joints, visible = checked(_brought(skeleton, found.frame, frame, where), frame, where)
    seen = int(visible.sum())
    if seen < LEAST:
        raise Nobody(f"only {seen} of {JOINTS} joints are visible: there is no pose", where=where, fix=_NOBODY)
    if (joints[visible].amax(0) - joints[visible].amin(0)).max() < 1:
        raise Nobody(f"{seen} joints lie in one place: there is no pose", where=where, fix=_NOBODY)
    if seen < FEW:
        notice(f"{where}: {seen} of {JOINTS} joints are visible, too few to tell a pose by")
    return joints, visible


def read_annotations(path: Path) -> dict[str, Skeleton]:
    """Every row of a PATN annotation file by image name, spelt `fashion...`; nothing is checked but the form."""
    return {spelling(name): skeleton for name, skeleton in read_rows(path)}


def checked(skeleton: Skeleton, frame: Size | None, where: str) -> Skeleton:
    """The skeleton in pixels of `frame` (H,W), with missing joints at zero; joints from 0 to 1 are shares of the frame.

    ZooError when nobody is there, or the joints are of another frame.
    """
    joints, visible = skeleton
    visible = visible & joints.isfinite().all(1)
    if not visible.any():
        raise Nobody("all joints are missing", where=where, fix=_NOBODY)
    if are_shares(joints[visible]):
        if frame is None:
            fix = "say its size, or give joints in pixels"
            raise ZooError("the joints are shares of a picture of unknown size", where=where, fix=fix)
        joints = in_pixels(joints, frame)
    if frame is not None:
        limits = torch.tensor([frame[1], frame[0]]) - 0.5  # the edges of the outermost pixels
        inside = visible & ((joints >= -0.5) & (joints <= limits)).all(1)
        if 2 * inside.sum() < visible.sum():
            raise _wrong_frame(joints[visible], int((visible & ~inside).sum()), frame, where)
        visible = inside
    return torch.where(visible[:, None], joints, 0.0), visible


def are_shares(joints: Tensor) -> bool:
    """Whether visible joints are no pixels, but run from 0 to 1 over the picture; a few may lie outside of it."""
    return len(joints) > 2 and float(joints.abs().median()) <= 1


def in_pixels(shares: Tensor, size: Size) -> Tensor:
    """Shares of a picture of `size` (H,W) as pixels, whose centres are whole numbers."""
    return shares * shares.new_tensor(size[::-1]) - 0.5


def _wrong_frame(joints: Tensor, outside: int, frame: Size, where: str) -> ZooError:
    width, height = (joints.amax(0) + 1).ceil().int().tolist()
    seems = next((f"{h}x{w}" for h, w in _FRAMES if height <= h and width <= w), f"at least {height}x{width}")
    what = f"{outside} of {len(joints)} joints lie outside the image of {frame[0]}x{frame[1]} (height x width)"
    return ZooError(what, where=where, fix=f"give joints in pixels of this image; these seem to be of a frame of {seems}")


def _chosen(people: Sequence[Seen], person: int | None, where: str, notice: Callable[[str], object]) -> Seen:
    if person is not None:
        if not 1 <= person <= len(people):
            what = f"{where} holds {len(people)} people and no person {person}"
            raise ZooError(what, where=where, fix=f"name one of 1 to {len(people)}", exit_code=2)
        return people[person - 1]
    weights = [one.weight for one in people]
    first = max(range(len(people)), key=weights.__getitem__)
    if sum(weight > 0 for weight in weights) > 1:
        notice(f"{where} holds {len(people)} people: person {first + 1}, the largest, is read; its number picks another")
    return people[first]


def _brought(skeleton: Skeleton, stated: Size | None, frame: Size | None, where: str) -> Skeleton:
    """Joints in pixels of `frame`; those of a picture of the size `stated` are scaled if it has the same proportions."""
    if stated is None:
        return skeleton
    joints, visible = skeleton
    if are_shares(joints[visible]):
        joints = in_pixels(joints, stated)
    if frame is None:
        return joints, visible
    if abs(stated[0] * frame[1] - stated[1] * frame[0]) > _ALIKE * stated[0] * frame[1]:
        what = f"the joints are of a picture of {stated[0]}x{stated[1]} (height x width), not of {frame[0]}x{frame[1]}"
        fix = f"give joints of this very picture, or say the other one's size: --target-frame {stated[0]}x{stated[1]}"
        raise ZooError(what, where=where, fix=fix)
    return scale_joints(joints, stated, frame), visible
