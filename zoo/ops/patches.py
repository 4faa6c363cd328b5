"""Windows of a map around a flow, without CUDA operators: block extraction, local attention, Gaussian resampling (GFLA).

Coordinates are those of `zoo.ops.warp`, and beyond the border the map repeats its edge. `extract_patches` writes the patches
out, C k^2 numbers per target pixel. `attend_patches` and `gaussian_warp` do not: they keep (k + 1)^2 and 16 places and weights
per target pixel, whatever C is, forward and backward.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from zoo.ops.warp import pixel_grid, sample, wide


def extract_patches(map: Tensor, flow: Tensor, kernel: int) -> Tensor:
    """The k x k patch of `map` (B,C,H,W) around p + flow(p), for every target pixel p -> (B,C,k*k,h,w); `kernel` k is odd.

    `flow` (B,2,h,w) is in pixels of `map`. The patch is row-major and bilinear: its pixels lie one apart around that point.
    """
    reach = torch.arange(kernel, device=flow.device) - kernel // 2
    offsets = torch.stack([reach.repeat(kernel), reach.repeat_interleave(kernel)])  # (2,k*k), x then y
    points = (_positions(flow)[:, :, None] + offsets[..., None, None]).flatten(2, 3)
    return sample(map, points, "border").unflatten(2, (kernel * kernel, flow.shape[2]))


def tile_patches(patches: Tensor) -> Tensor:
    """Patches (B,C,k*k,h,w) laid side by side as k x k tiles -> (B,C,k*h,k*w): GFLA's local attention reshape."""
    return F.pixel_shuffle(patches.flatten(1, 2), round(patches.shape[2] ** 0.5))


def attend_patches(map: Tensor, flow: Tensor, attention: Tensor) -> Tensor:
    """sum_o attention_o(p) map(p + flow(p) + o) over the k x k offsets o around 0 -> (B,C,h,w).

    `map` (B,C,H,W), `flow` (B,2,h,w) in pixels of `map`, `attention` (B,k*k,h,w) row-major, k odd. Equals
    `(extract_patches(map, flow, k) * attention[:, None]).sum(2)`.
    """
    kernel = round(attention.shape[1] ** 0.5)
    whole, (x, y) = _split(flow, map, kernel)
    weights = wide(attention).unflatten(1, (kernel, kernel))
    weights = F.pad(weights, (0, 0, 0, 0, 0, 1)) * (1 - x) + F.pad(weights, (0, 0, 0, 0, 1, 0)) * x
    weights = F.pad(weights, (0, 0, 0, 0, 0, 0, 0, 1)) * (1 - y) + F.pad(weights, (0, 0, 0, 0, 0, 0, 1, 0)) * y
    return _weighted(map, whole - kernel // 2, weights)


def gaussian_warp(map: Tensor, flow: Tensor, *, taps: int = 4, sigma: float = 2.0) -> Tensor:
    """Backward warp that reads a Gaussian mean of the `taps` x `taps` pixels around p + flow(p) -> (B,C,h,w) (GFLA).

    `map` (B,C,H,W), `flow` (B,2,h,w) in pixels of `map`, `sigma` in pixels, `taps` even. Blurs even at flow zero, but its
    gradient sees further than a bilinear warp's.
    """
    whole, fractions = _split(flow, map, taps)
    steps = torch.arange(taps, device=flow.device).view(-1, 1, 1) - (taps // 2 - 1)
    x, y = (torch.softmax(-((steps - f[:, 0]) ** 2) / (2 * sigma**2), 1) for f in fractions)
    return _weighted(map, whole - (taps // 2 - 1), y[:, :, None] * x[:, None])


def _positions(flow: Tensor) -> Tensor:
    flow = wide(flow)
    return pixel_grid((flow.shape[2], flow.shape[3]), flow) + flow


def _split(flow: Tensor, map: Tensor, reach: int) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """Whole pixel (B,2,h,w) int64 that each target pixel reads, and the x and y fractions beyond it, each (B,1,1,h,w)."""
    limits = flow.new_tensor([map.shape[3], map.shape[2]], dtype=torch.float32).view(2, 1, 1) + reach
    points = _positions(flow).clamp(limits.new_tensor(-reach), limits)  # further out every pixel is the edge
    whole = points.detach().floor()
    x, y = (points - whole)[:, None, None].unbind(3)
    return whole.long(), (x, y)


def _weighted(map: Tensor, corner: Tensor, weights: Tensor) -> Tensor:
    """sum_ij weights_ij(p) map(corner(p) + (j, i)): `corner` (B,2,h,w) int64, `weights` (B,n,n,h,w) -> (B,C,h,w)."""
    batch, channels, height, width = map.shape
    steps = torch.arange(weights.shape[1], device=map.device).view(-1, 1, 1)
    x = (corner[:, :1] + steps).clamp(0, width - 1)
    y = (corner[:, 1:] + steps).clamp(0, height - 1)
    sample = torch.arange(batch, device=map.device).view(-1, 1, 1, 1, 1) * (height * width)
    places = sample + y[:, :, None] * width + x[:, None]
    table = wide(map).movedim(1, -1).reshape(-1, channels)
    bags, shares = (t.flatten(1, 2).movedim(1, -1).reshape(-1, weights.shape[1] ** 2) for t in (places, weights))
    summed = F.embedding_bag(bags, table, per_sample_weights=shares.to(table.dtype), mode="sum")
    return summed.view(batch, *corner.shape[2:], channels).movedim(-1, 1).to(map.dtype)
