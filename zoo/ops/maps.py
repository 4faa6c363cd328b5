"""Skeletons drawn as maps. Joints are (x, y) pixels of the map drawn; a missing joint or limb draws nothing."""

from collections.abc import Sequence

import torch
from torch import Tensor

from zoo.skeleton import BODY_LIMBS, LIMBS


def scale_joints(joints: Tensor, size: tuple[int, int], to: tuple[int, int]) -> Tensor:
    """`joints` (...,2) in pixels of an image of `size`, in pixels of the same image resized to `to`.

    Pixel centres are integers, so the image's edges lie at -0.5 and W-0.5: x' = (x + 0.5) w'/w - 0.5.
    """
    if size == to:
        return joints
    ratio = joints.new_tensor([to[1] / size[1], to[0] / size[0]])
    return (joints + 0.5) * ratio - 0.5


def heat_maps(joints: Tensor, visible: Tensor, size: tuple[int, int], sigma: float) -> Tensor:
    """exp(-d^2 / 2 sigma^2) around each joint: (B,J,2), (B,J) -> (B,J,H,W); `sigma` in pixels."""
    dx, dy = _offsets(_placed(joints, visible), size)
    gauss_x, gauss_y = (torch.exp(-(d**2) / (2 * sigma**2)) for d in (dx, dy))  # separable: H + W exponentials, not H W
    return gauss_x * (gauss_y * visible[..., None, None])


def discs(joints: Tensor, visible: Tensor, size: tuple[int, int], radius: float) -> Tensor:
    """1 within `radius` pixels of each joint, else 0: (B,J,2), (B,J) -> (B,J,H,W)."""
    dx, dy = _offsets(_placed(joints, visible), size)
    near = dx**2 + dy**2 <= radius**2
    return (near & visible[..., None, None]).to(joints.dtype)


def skeleton_mask(
    joints: Tensor, visible: Tensor, size: tuple[int, int], radius: float, limbs: Sequence[tuple[int, int]] = LIMBS
) -> Tensor:
    """1 within `radius` pixels of any of `limbs`, else 0: (B,18,2), (B,18) -> (B,1,H,W)."""
    distance, drawn = _limb_distances(joints, visible, size, limbs)
    near = (distance <= radius) & drawn[..., None, None]
    return near.any(1, keepdim=True).to(joints.dtype)


def limb_distance(joints: Tensor, visible: Tensor, size: tuple[int, int], kappa: float) -> Tensor:
    """exp(kappa d), d the distance to each of the 12 body limbs as segments: (B,18,2), (B,18) -> (B,12,H,W) (SPGNet, eq. 2-3).

    `kappa` < 0 is per pixel. A limb with a missing end is 0 everywhere (not the exp(0) = 1 of a zero distance).
    """
    distance, drawn = _limb_distances(joints, visible, size, BODY_LIMBS)
    return torch.exp(kappa * distance) * drawn[..., None, None]


def _limb_distances(
    joints: Tensor, visible: Tensor, size: tuple[int, int], limbs: Sequence[tuple[int, int]]
) -> tuple[Tensor, Tensor]:
    """Distance of every pixel to every limb (B,L,H,W), and which limbs have both ends (B,L)."""
    first, second = torch.tensor(limbs, device=joints.device).unbind(1)
    placed = _placed(joints, visible)
    start, along = placed[:, first], placed[:, second] - placed[:, first]
    dx, dy = _offsets(start, size)
    ax, ay = along[..., 0, None, None], along[..., 1, None, None]
    t = ((dx * ax + dy * ay) / (ax**2 + ay**2).clamp_min(1e-8)).clamp(0, 1)  # a segment, not a line; a point if its ends meet
    return torch.hypot(dx - t * ax, dy - t * ay), visible[:, first] & visible[:, second]


def _offsets(points: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """How far right (B,J,1,W) and down (B,J,H,1) of each of `points` (B,J,2) the columns and rows lie."""
    columns, rows = (torch.arange(n, device=points.device, dtype=points.dtype) for n in (size[1], size[0]))
    return columns - points[..., 0, None, None], rows[:, None] - points[..., 1, None, None]


def _placed(joints: Tensor, visible: Tensor) -> Tensor:
    # Missing joints may hold anything, NaN included.
    return torch.where(visible[..., None], joints, torch.zeros_like(joints))
