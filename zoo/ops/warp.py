"""Sampling maps at pixel coordinates: warps by a flow and affine maps.

Pixel centres sit at integer coordinates, x to the right, y down; a flow stores dx then dy in pixels of the map it warps.
"""

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from zoo.errors import ZooError

Padding = Literal["zeros", "border"]
Mode = Literal["bilinear", "nearest"]


def pixel_grid(size: tuple[int, int], like: Tensor) -> Tensor:
    """(2,H,W) the x and y coordinate of every pixel, on the device and in the dtype of `like`."""
    y, x = (torch.arange(n, device=like.device, dtype=like.dtype) for n in size)
    return torch.stack(torch.meshgrid(x, y, indexing="xy"))


def sample(map: Tensor, coordinates: Tensor, padding: Padding = "zeros", mode: Mode = "bilinear") -> Tensor:
    """Read `map` (B,C,H,W) at `coordinates` (B,2,h,w), x then y in pixels of `map` -> (B,C,h,w).

    ZooError where a coordinate that is to learn is NaN, on a CPU and with padding "border".
    """
    # The half-pixel normalisation reads the same positions as 2x/(W-1)-1 with align_corners=True, but it is exact in
    # floating point when W is a power of two, and defined when W is 1.
    if padding == "border":
        _require_numbers(coordinates)
    values, (x, y) = wide(map), coordinates.unbind(1)
    grid = torch.stack([(2 * x + 1) / map.shape[-1] - 1, (2 * y + 1) / map.shape[-2] - 1], -1).to(values.dtype)
    return F.grid_sample(values, grid, mode=mode, padding_mode=padding, align_corners=False).to(map.dtype)


def _require_numbers(coordinates: Tensor) -> None:
    """torch's backward pass on a CPU would write where NaN says, outside the map, and the process end without a word."""
    learns = torch.is_grad_enabled() and coordinates.requires_grad and coordinates.device.type == "cpu"
    if learns and not torch.compiler.is_compiling() and coordinates.isnan().any():
        raise ZooError(
            "a flow or a coordinate to read a map at is NaN",
            where="zoo.ops.warp",
            fix="see what the net that finds it divides by, or takes the root or the logarithm of",
        )


def warp(map: Tensor, flow: Tensor, padding: Padding = "zeros", mode: Mode = "bilinear") -> Tensor:
    """Backward warp: target pixel p reads `map` (B,C,H,W) at p + `flow` (B,2,h,w), in pixels of `map` -> (B,C,h,w)."""
    flow = wide(flow)  # in half precision a coordinate beyond 256 loses its fraction
    return sample(map, pixel_grid((flow.shape[-2], flow.shape[-1]), flow) + flow, padding, mode)


def resize_flow(flow: Tensor, size: tuple[int, int]) -> Tensor:
    """`flow` (B,2,H,W) on a map of another `size`: averaged (or interpolated) and rescaled to the new pixels -> (B,2,h,w)."""
    h, w = flow.shape[-2:]
    smaller = size[0] <= h and size[1] <= w
    resized = F.adaptive_avg_pool2d(flow, size) if smaller else F.interpolate(flow, size, mode="bilinear", align_corners=False)
    return torch.stack([resized[:, 0] * (size[1] / w), resized[:, 1] * (size[0] / h)], 1)


def affine_matrix(rotation: Tensor, scale: Tensor, shift: Tensor, size: tuple[int, int]) -> Tensor:
    """Output pixel -> input pixel for a picture turned, scaled, then moved about its centre -> (B,2,3).

    `rotation` (B,) radians, clockwise on the screen; `scale` (B,) > 1 enlarges; `shift` (B,2) pixels, right and down.
    """
    centre = shift.new_tensor([(size[1] - 1) / 2, (size[0] - 1) / 2])
    cos, sin = rotation.cos() / scale, rotation.sin() / scale
    linear = torch.stack([torch.stack([cos, sin], -1), torch.stack([-sin, cos], -1)], -2)  # inverse of scale * rotation
    offset = centre - (linear @ (centre + shift)[..., None]).squeeze(-1)
    return torch.cat([linear, offset[..., None]], -1)


def affine_grid(matrix: Tensor, size: tuple[int, int]) -> Tensor:
    """The input pixel (x, y) that every output pixel reads under `matrix` (...,2,3) -> (...,2,H,W)."""
    x, y = pixel_grid(size, matrix)
    by_x, by_y, offset = matrix[..., None, None].unbind(-3)
    return by_x * x + by_y * y + offset  # no matrix product: autocast would round it


def affine(map: Tensor, matrix: Tensor, padding: Padding = "zeros", mode: Mode = "bilinear") -> Tensor:
    """Resample `map` (B,C,H,W) by `matrix` (B,2,3), output pixel -> input pixel -> (B,C,H,W)."""
    return sample(map, affine_grid(matrix, (map.shape[-2], map.shape[-1])), padding, mode)


def wide(x: Tensor) -> Tensor:
    """`x` in single precision at least: coordinates and sums of samples need it."""
    return x.to(torch.promote_types(x.dtype, torch.float32))
