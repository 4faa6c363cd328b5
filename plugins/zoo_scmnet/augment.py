"""What the style encoder sees while training: moved, mirrored, partly hidden, so that copying in place cannot pay.

Self-reconstruction is solved by the identity field, the paper's own failure case; these are the cures (SCM-Net sec. 5).
"""

import math
from dataclasses import dataclass
from typing import Annotated, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from zoo.documents.strict import Strict
from zoo.hookspecs import Option
from zoo.ops.batch import rand, rolled
from zoo.ops.warp import affine_grid, sample

BENDS = 4  # knots a side of the field that bends a picture: about one per forearm
MASK = 3  # its channel
SHUFFLE_BANDS = 64  # MUST-GAN's shuffle: 64 runs of memory, which are bands of rows, not tiles


class Moves(Strict):
    """What training does to what the style encoder sees; by default nothing.

    What is moved is turned and scaled about its middle and moved, but not out of the picture. A guest's face teaches the back
    of a head to leave a face alone.
    """

    affine: Annotated[Literal["none", "image", "region"], Option("what is moved: the image, or each region", "ours")] = "none"
    rotate: Annotated[float, Option("turned by up to so many degrees", "ours")] = 20.0
    zoom: Annotated[float, Option("scaled by 1 plus or minus this", "ours")] = 0.2
    shift: Annotated[float, Option("moved by up to this share of the side", "ours")] = 0.1
    bend: Annotated[float, Option("bent by a smooth random field of up to this share of the side", "ours")] = 0.0
    flip: Annotated[bool, Option("mirrors half of the images", "ours")] = False
    drop: Annotated[float, Option("how likely a limb, face or hair is hidden (MUST-GAN)", "ablation")] = 0.0
    guest: Annotated[float, Option("how likely a face that is not there becomes another person's", "ours")] = 0.0
    shuffle_rows: Annotated[bool, Option("64 bands of rows in random order (MUST-GAN)", "ablation")] = False


@dataclass(frozen=True)
class Augmentation:
    """Draws from torch's generator, anew for every batch; the picture to reconstruct stays where it is.

    Regions of `droppable` may be hidden, those of `guests` lent by somebody else.
    """

    moves: Moves
    droppable: tuple[int, ...] = ()
    guests: tuple[int, ...] = ()

    def __call__(self, parts: Tensor, shown: Tensor) -> Tensor:
        """`parts` (B,R,C,H,W) -> the same shape; channels 0 to 2 a region's masked image, 3 its mask, all moved alike.

        `shown` (B,R or 1,H,W) is 1 where what should stay in the picture lies, of each region or of the image.
        """
        if self.moves.guest and self.guests:
            parts = self._invite(parts)
        if self.moves.affine != "none":
            parts = self._move(parts, shown)
        if self.moves.flip:
            mirrored = rand(len(parts), 1, 1, 1, 1, like=parts) < 0.5
            parts = torch.where(mirrored, parts.flip(-1), parts)
        if self.moves.drop and self.droppable:
            parts = self._hide(parts)
        return _shuffle_bands(parts) if self.moves.shuffle_rows else parts

    def _invite(self, parts: Tensor) -> Tensor:
        absent = parts[:, :, MASK].flatten(2).sum(2) == 0
        invited = torch.zeros_like(absent)
        invited[:, list(self.guests)] = True
        chosen = absent & invited & (rand(*absent.shape, like=parts) < self.moves.guest)
        return torch.where(chosen[..., None, None, None], rolled(parts), parts)

    def _move(self, parts: Tensor, shown: Tensor) -> Tensor:
        r, h, w, moves = parts.shape[1], *parts.shape[3:], self.moves
        boxes = _boxes(shown.expand(-1, r, -1, -1) if moves.affine == "region" else shown[:, :1])
        n = len(boxes)
        turn, zoom, x, y = (2 * rand(4, n, like=parts, dim=1) - 1).unbind()
        side = boxes.new_tensor([w, h])
        matrix = _about(
            boxes, turn * math.radians(moves.rotate), 1 + zoom * moves.zoom, moves.shift * side * torch.stack([x, y], 1), side
        )
        read = affine_grid(matrix, (h, w))
        if moves.bend:
            knots = moves.bend * (2 * rand(n, 2, BENDS, BENDS, like=parts) - 1)
            read = read + F.interpolate(knots, (h, w), mode="bicubic") * side[:, None, None]
        return sample(parts.reshape(n, -1, h, w), read, padding="border").reshape(parts.shape)

    def _hide(self, parts: Tensor) -> Tensor:
        kept = torch.ones(*parts.shape[:2], 1, 1, 1, device=parts.device)
        droppable = list(self.droppable)
        kept[:, droppable] = (rand(len(parts), len(droppable), 1, 1, 1, like=kept) >= self.moves.drop).float()
        return torch.cat([parts[:, :, : MASK + 1] * kept, parts[:, :, MASK + 1 :]], 2)


def _boxes(shown: Tensor) -> Tensor:
    """The corners (N,2,2) of the box around each mask of (B,R,H,W), x and y in pixels, least first; empty: the picture's."""
    ends = []
    for axis in (-2, -1):  # the columns give x, the rows y
        there = shown.flatten(0, 1).amax(axis) > 0.5
        there = there | ~there.any(1, keepdim=True)
        places = torch.arange(there.shape[1], device=shown.device).expand_as(there)
        ends.append(torch.stack([places.where(there, there.shape[1]).amin(1), places.where(there, -1).amax(1)], 1))
    return torch.stack(ends, 2).float()


def _about(boxes: Tensor, angle: Tensor, scale: Tensor, shift: Tensor, side: Tensor) -> Tensor:
    """Output pixel -> input pixel (N,2,3): turned and scaled about the middle of each box, then moved, yet kept in sight."""
    middle, half = boxes.mean(1), (boxes[:, 1] - boxes[:, 0]) / 2
    cos, sin = angle.cos(), angle.sin()
    reach = scale[:, None] * torch.stack([cos.abs() * half[:, 0] + sin.abs() * half[:, 1],
                                          sin.abs() * half[:, 0] + cos.abs() * half[:, 1]], 1)  # fmt: skip
    least, most = (reach - middle).clamp(max=0), (side - 1 - middle - reach).clamp(min=0)
    to = middle + torch.maximum(torch.minimum(shift, most), least)
    linear = torch.stack([torch.stack([cos, sin], -1), torch.stack([-sin, cos], -1)], -2) / scale[:, None, None]
    return torch.cat([linear, (middle - (linear @ to[..., None]).squeeze(-1))[..., None]], -1)


def _shuffle_bands(parts: Tensor) -> Tensor:
    bands = math.gcd(parts.shape[-2], SHUFFLE_BANDS)
    order = torch.randperm(bands, device=parts.device)
    return parts.unflatten(-2, (bands, -1)).index_select(-3, order).flatten(-3, -2)
