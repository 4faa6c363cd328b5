"""Which part of a file is the picture, and in whose pixels joints and label maps are.

DeepFashion's small photos are 256x256 (H x W): the picture is the middle 176 columns, between two flat bands of 40. Joints are
told in pixels of the middle (256x176) or of the whole (256x256), and some store the middle squeezed to a square.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from zoo.errors import ZooError
from zoo.ops.maps import scale_joints
from zoo.photos.detections import Skeleton

Size = tuple[int, int]  # (H, W)
Square = Literal["cut", "keep", "squashed"]
_ALIKE = 0.03  # by how much proportions may differ: In-shop's large photos are 750x1101 for 176x256
_FLAT = 0.5  # grey levels by which a band varies along a row; measured: 0.03 at most, and 0.98 at least where there is none
_INSIDE = 0.98  # share of the joints that lie in their own frame: of DeepFashion's 1 in 2,000 does not


@dataclass(frozen=True)
class Frame:
    """A picture of `size` (H,W) of which `band` columns on either side show nothing."""

    size: Size
    band: int = 0

    @property
    def inner(self) -> Size:
        """(H,W) of what is between the bands."""
        return self.size[0], self.size[1] - 2 * self.band

    def joints(self, joints: Tensor, to: "Frame") -> Tensor:
        """Joints (...,2) in pixels of this frame, in pixels of another one of the same photo."""
        moved = scale_joints(joints - joints.new_tensor([self.band, 0]), self.inner, to.inner)
        return moved + joints.new_tensor([to.band, 0])

    def holds(self, joints: Tensor) -> Tensor:
        """Which of joints (...,2) lie inside, edges of pixels included."""
        limits = joints.new_tensor([self.size[1], self.size[0]]) - 0.5
        return ((joints >= -0.5) & (joints <= limits)).all(-1)

    def __str__(self) -> str:
        return f"{self.size[0]}x{self.size[1]}"


def cut(picture: Image.Image, frame: Frame, to: Frame) -> Image.Image:
    """A picture of `frame` with bands as `to` has them: cut off, or added (of zeros, which are background in a label map)."""
    if bool(frame.band) == bool(to.band):
        return picture
    extra = -frame.band if frame.band else round(to.band * picture.width / to.inner[1])
    return picture.crop((-extra, 0, picture.width + extra, picture.height))


@dataclass(frozen=True)
class Form:
    """The proportions (H,W) of a data set's pictures, and what its square files are."""

    proportions: Size
    square: Square = "cut"

    def frame(self, size: Size) -> Frame | None:
        """The frame of a file of `size`, or None when it can be none of this data set's."""
        (height, width), (high, wide) = size, self.proportions
        if abs(width * high - height * wide) <= _ALIKE * height * wide:
            return Frame(size)
        if height != width:
            return None
        return Frame(size) if self.square == "squashed" else Frame(size, round(width * (1 - wide / high) / 2))

    def shown(self, frame: Frame) -> Frame:
        """What is shown of a file of `frame`: the picture without its bands unless they are kept, in its right proportions."""
        if frame.band and self.square == "keep":
            return frame
        high, wide = self.proportions
        return Frame((frame.size[0], round(frame.size[0] * wide / high)))


def banded(picture: Image.Image, band: int) -> bool:
    """Whether the outer columns of an RGB picture are flat along each row; not those that share a block of JPEG with others."""
    pixels, wide = np.asarray(picture, np.float32), band // 16 * 16
    sides = pixels[:, :wide], pixels[:, pixels.shape[1] - wide :]
    return all(float(side.std(1).mean()) <= _FLAT for side in sides)


def check_joints(skeletons: Iterable[Skeleton], frame: Frame, known: Sequence[Frame], where: str) -> None:
    """ZooError when the joints of a whole data set cannot be in pixels of `frame`, with the known frame that they fit.

    People stand in the middle, so that joints in pixels of a wider picture lie beside the middle of a narrower one.
    """
    points = [joints[visible] for joints, visible in skeletons if visible.any()]
    if not points:
        return
    joints = torch.cat(points)
    if _fits(joints, frame) and _aside(joints, frame) <= frame.size[1] / 8:
        return
    fitting = sorted((f for f in known if _fits(joints, f)), key=lambda f: _aside(joints, f))
    if fitting and fitting[0] == frame:
        return
    outside = int((~frame.holds(joints)).sum())
    aside = round(float(joints[:, 0].median()) - (frame.size[1] - 1) / 2)
    seems = f'say frame = "{fitting[0]}"' if fitting else "give joints in pixels of the photos"
    raise ZooError(
        f"the joints are not in pixels of {frame} (height x width): {outside} of {len(joints)} lie outside, and their middle "
        f"is {abs(aside)} pixels {'right' if aside > 0 else 'left'} of the picture's",
        where=where,
        fix=f"{seems}: that is the frame they seem to be of" if fitting else seems,
    )  # fmt: skip


def _fits(joints: Tensor, frame: Frame) -> bool:
    """Whether the joints lie inside and somebody's reach down to its lower half."""
    return float(frame.holds(joints).float().mean()) >= _INSIDE and float(joints[:, 1].max()) > frame.size[0] / 2


def _aside(joints: Tensor, frame: Frame) -> float:
    """How far the median joint is from the middle column."""
    return abs(float(joints[:, 0].median()) - (frame.size[1] - 1) / 2)
