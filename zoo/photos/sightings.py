"""People as a file tells of them: what every spelling of joints is read into, and the error where none fits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor

from zoo.errors import ZooError, visible
from zoo.skeleton import JOINT_ORDERS

Skeleton = tuple[Tensor, Tensor]  # joints (18,2) pixels, visible (18) bool
Size = tuple[int, int]  # (H, W)

CONFIDENT = 0.05  # OpenPose keeps no weaker peak
SURE = 0.3  # the threshold of detectors that answer for every joint, be it seen or not
MALFORMED = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RuntimeError)  # of which RecursionError
READ = (
    ".json of OpenPose, ControlNet, COCO (annotations, results), AlphaPose, Halpe, MMPose, ultralytics, MediaPipe or "
    "openpose-editor; .csv rows name:keypoints_y:keypoints_x; .txt rows x y; .npy joints or maps (H,W,18); "
    "_candidate.txt with _subset.txt"
)
_WIDEST = 1 << 20  # pixels
_OPENPOSE = (18, 25)


class StrangeError(ValueError):
    """What was found instead of joints, in words for a person."""


@dataclass(frozen=True)
class Seen:
    """One person: joints (18,2) and how sure they are (18), NaN where nothing is said; `sure` from when they count."""

    joints: Tensor
    confidence: Tensor
    sure: float

    @classmethod
    def of(cls, rows: Tensor) -> Self:
        """Rows (J,2) or (J,3) of a known format: x, y, confidence. Without confidence, joints at -1 -1 and 0 0 are missing.

        StrangeError for any other number of joints.
        """
        if rows.ndim != 2 or rows.shape[1] not in (2, 3) or len(rows) not in JOINT_ORDERS:
            raise StrangeError(f"a person of {len(rows)} joints")
        if rows.shape[1] == 2:
            rows = torch.cat([rows, (rows > 0).any(1, keepdim=True)], 1)
        pairs = torch.tensor([(j, j) if isinstance(j, int) else j for j in JOINT_ORDERS[len(rows)]])
        first, second = rows.float()[pairs].unbind(1)
        confidence = torch.minimum(first[:, 2], second[:, 2])
        return cls((first[:, :2] + second[:, :2]) / 2, confidence, CONFIDENT if len(rows) in _OPENPOSE else SURE)

    def skeleton(self, confidence: float | None = None) -> Skeleton:
        """The joints and which count as visible: those surer than `confidence`, the format's own threshold if not given."""
        sure = self.sure if confidence is None else confidence
        return self.joints, (self.confidence > sure) & self.joints.isfinite().all(1)

    @property
    def weight(self) -> float:
        """How much of the picture a person takes, times how sure they are: who stands in front weighs more than a bystander.

        The squared diagonal of the box round the visible joints times their mean confidence, of which more than 1 is 1.
        """
        joints, seen = self.skeleton()
        if not seen.any():
            return 0.0
        extent = (joints[seen].amax(0) - joints[seen].amin(0)).double().square().sum()
        return float(extent * self.confidence[seen].clamp_max(1).mean())


@dataclass(frozen=True)
class Detections:
    """Everybody in one picture, in the file's order, and the size of the picture that its pixels are of, where it says so."""

    people: Sequence[Seen]
    frame: Size | None = None


@dataclass(frozen=True)
class Picture:
    """A picture that a file tells of: its name, a number or nothing where it has none, and its people once they are wanted."""

    name: str
    read: Callable[[], Detections]


def stated_size(height: Any, width: Any) -> Size | None:
    """The size of a picture that a document states, None where it states none. StrangeError for what is no size."""
    if height is None or width is None:
        return None
    for side in (height, width):
        if not (isinstance(side, int | float) and 0 < side <= _WIDEST and int(side) == side):
            raise StrangeError(f"a picture of {str(height)[:20]}x{str(width)[:20]}")
    return int(height), int(width)


def not_understood(path: Path, found: str) -> ZooError:
    """The error for a file of no known form: what was found, and what is read."""
    what = f"cannot understand the joints in {path.name}: found {visible(found)}"
    return ZooError(what, where=str(path), fix=f"joints are read from {READ}")
