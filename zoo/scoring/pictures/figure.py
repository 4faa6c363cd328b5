"""The figure of a skeleton as a mask: limbs as bands, joints as discs, gaps closed (PG2's mask as PATN draws it)."""

import torch
import torch.nn.functional as F
from torch import Tensor

LIMBS = (
    (1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10), (1, 11), (11, 12), (12, 13), (1, 0), (0, 14),
    (14, 16), (0, 15), (15, 17), (1, 16), (1, 17), (8, 11), (11, 5), (8, 2), (16, 17),
)  # fmt: skip
RADIUS = 4.0  # px, of the discs and half a band's width
CLOSING = 5  # px, the side of the square that closes gaps
_EDGE = 1e-9  # px: a pixel on the edge of a band is in it, whatever rounding says


def figure_mask(joints: Tensor, visible: Tensor, size: tuple[int, int]) -> Tensor:
    """(B,1,H,W) bool from joints (B,18,2) pixels and visible (B,18).

    Bands hold their edges, discs do not: as skimage.draw has polygon and disk, with which the field's scripts draw. (Whether a
    pixel just on a slanted edge is in a polygon, rounding decides there: 1 pixel in 14 figures differs.)
    """
    joints = joints.double()
    y, x = (torch.arange(side, dtype=joints.dtype, device=joints.device) for side in size)
    pixels = torch.stack(torch.meshgrid(x, y, indexing="xy"), -1)  # (H,W,2)
    mask = torch.zeros(len(joints), *size, dtype=torch.bool, device=joints.device)
    for joint in range(joints.shape[1]):
        near = (pixels - joints[:, joint, None, None]).square().sum(-1) < RADIUS**2
        mask |= near & visible[:, joint, None, None]
    for first, last in LIMBS:
        mask |= _band(pixels, joints[:, first], joints[:, last]) & (visible[:, first] & visible[:, last])[:, None, None]
    return _closed(mask[:, None])


def _band(pixels: Tensor, start: Tensor, end: Tensor) -> Tensor:
    """(B,H,W): the rectangle `RADIUS` to either side of the segments (B,2); nothing where both ends are one point."""
    along = end - start
    length = along.norm(dim=1)
    along = along / length.clamp_min(1)[:, None]
    offset = pixels - start[:, None, None]
    far = torch.einsum("bhwc,bc->bhw", offset, along)
    beside = torch.einsum("bhwc,bc->bhw", offset.flip(-1), along * along.new_tensor([-1, 1])).abs()
    reached = (far >= -_EDGE) & (far <= length[:, None, None] + _EDGE) & (beside <= RADIUS + _EDGE)
    return reached & (length > 0)[:, None, None]


def _closed(mask: Tensor) -> Tensor:
    """Dilated, then eroded; the picture's edge is no gap."""
    grown = F.max_pool2d(mask.float(), CLOSING, 1, CLOSING // 2)
    return F.max_pool2d(-grown, CLOSING, 1, CLOSING // 2) == -1
