"""What the style encoder sees while training: moved, mirrored, partly hidden, so that copying in place cannot pay.

Self-reconstruction is solved by the identity field, the paper's own failure case; these are the cures (SCM-Net sec. 5).
"""

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from zoo.ops.warp import affine, affine_matrix

SHUFFLE_BANDS = 64  # MUST-GAN's shuffle: 64 runs of memory, which are bands of rows, not tiles


@dataclass(frozen=True)
class Augmentation:
    """Draws from torch's generator, anew for every batch; the picture to reconstruct stays where it is.

    `affine` moves the image as a whole, or every region by itself: turned by up to `rotate` degrees, scaled by 1 +- `zoom`,
    moved by up to `shift` of the side. `flip` mirrors half of the images. Each region of `droppable` is hidden with
    probability `drop`. `shuffle_rows` puts 64 bands of rows in random order.
    """

    affine: Literal["none", "image", "region"] = "none"
    rotate: float = 20.0
    zoom: float = 0.2
    shift: float = 0.1
    flip: bool = False
    drop: float = 0.0
    droppable: tuple[int, ...] = ()
    shuffle_rows: bool = False

    def __call__(self, parts: Tensor) -> Tensor:
        """`parts` (B,R,C,H,W), a region's masked image and its mask as channels, all moved alike -> the same shape."""
        if self.affine != "none":
            parts = self._move(parts)
        if self.flip:
            mirrored = torch.rand(len(parts), 1, 1, 1, 1, device=parts.device) < 0.5
            parts = torch.where(mirrored, parts.flip(-1), parts)
        if self.drop and self.droppable:
            parts = self._hide(parts)
        return _shuffle_bands(parts) if self.shuffle_rows else parts

    def _move(self, parts: Tensor) -> Tensor:
        b, r, _, h, w = parts.shape
        n = b * (r if self.affine == "region" else 1)
        turn, zoom, x, y = (2 * torch.rand(4, n, device=parts.device) - 1).unbind()
        shift = self.shift * torch.stack([x * w, y * h], 1)
        matrix = affine_matrix(turn * math.radians(self.rotate), 1 + zoom * self.zoom, shift, (h, w))
        folded = parts.reshape(n, -1, h, w)
        return affine(folded, matrix, padding="border").reshape(parts.shape)

    def _hide(self, parts: Tensor) -> Tensor:
        kept = torch.ones(*parts.shape[:2], 1, 1, 1, device=parts.device)
        kept[:, list(self.droppable)] = (torch.rand_like(kept[:, list(self.droppable)]) >= self.drop).float()
        return parts * kept


def _shuffle_bands(parts: Tensor) -> Tensor:
    bands = math.gcd(parts.shape[-2], SHUFFLE_BANDS)
    order = torch.randperm(bands, device=parts.device)
    return parts.unflatten(-2, (bands, -1)).index_select(-3, order).flatten(-3, -2)
