"""How a photo is brought to the model's size: picture, labels and joints follow the same map, and back again."""

import math
from dataclasses import dataclass
from typing import Literal

import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from zoo.ops.maps import scale_joints

Fit = Literal["pad", "stretch"]
WHITE = (255, 255, 255)


@dataclass(frozen=True)
class Placement:
    """A picture of size `frame` is resized to `inner` and laid at `corner` (top, left) of a canvas of `size`; all (H, W)."""

    frame: tuple[int, int]
    size: tuple[int, int]
    inner: tuple[int, int]
    corner: tuple[int, int]

    def picture(self, photo: Image.Image) -> Image.Image:
        """An RGB picture on a white canvas, resized with antialiasing."""
        return self._laid(photo, WHITE, Image.Resampling.BICUBIC)

    def labels(self, labels: Image.Image, background: int) -> Image.Image:
        """A label map (mode L) on a canvas of background; nearest label at pixel centres."""
        return self._laid(labels, background, Image.Resampling.NEAREST)

    def _laid(self, picture: Image.Image, fill: int | tuple[int, ...], resampling: Image.Resampling) -> Image.Image:
        resized = picture.resize(self.inner[::-1], resampling)
        if self.inner == self.size:
            return resized
        canvas = Image.new(picture.mode, self.size[::-1], fill)
        canvas.paste(resized, self.corner[::-1])
        return canvas

    def joints(self, joints: Tensor) -> Tensor:
        """Joints (...,2) in pixels of `frame`, in pixels of `size`."""
        return scale_joints(joints, self.frame, self.inner) + joints.new_tensor(self.corner[::-1])

    def undo_joints(self, joints: Tensor) -> Tensor:
        """Joints (...,2) in pixels of `size`, in pixels of `frame`."""
        return scale_joints(joints - joints.new_tensor(self.corner[::-1]), self.inner, self.frame)

    def undo(self, image: Tensor) -> Tensor:
        """An image (3,H,W) of `size`, cut out and resized to `frame`; values stay in [-1,1]."""
        (top, left), (height, width) = self.corner, self.inner
        inner = image[:, top : top + height, left : left + width]
        if self.inner == self.frame:
            return inner
        return F.interpolate(inner[None], self.frame, mode="bicubic", antialias=True, align_corners=False)[0].clamp_(-1, 1)


def at_most(frame: tuple[int, int], pixels: int) -> tuple[int, int]:
    """`frame` (H,W), or the largest size of its proportions that has no more than about so many pixels."""
    shrunk = min(1.0, math.sqrt(pixels / (frame[0] * frame[1])))
    return max(round(frame[0] * shrunk), 1), max(round(frame[1] * shrunk), 1)


def place(frame: tuple[int, int], size: tuple[int, int], fit: Fit = "stretch") -> Placement:
    """Stretch to `size`, or pad: keep the proportions and centre the picture."""
    if fit == "stretch":
        return Placement(frame, size, size, (0, 0))
    scale = min(size[0] / frame[0], size[1] / frame[1])
    inner = (max(round(frame[0] * scale), 1), max(round(frame[1] * scale), 1))
    return Placement(frame, size, inner, ((size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2))
