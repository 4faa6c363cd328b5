"""Convolutions of a label map, worked out once for each different window of labels.

A one-hot map S convolved by kernels W of k x k knows of a pixel p no more than the k x k labels around it,

    (W * S)(p) = sum_o W[l(p + o), o],

and k x k convolutions of what any function makes of that, pixel by pixel, no more than (2k - 1) x (2k - 1) of them. Most of the
windows of a person's region map lie inside one region, and along edges they repeat: at 256 x 256 and k = 5 a tenth differ.
"""

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from zoo.ops.warp import wide


class LabelWindows:
    """The different windows of each sample of `labels` (B,h,w), in 0..R-1: U of k x k, then V of (2k - 1) x (2k - 1).

    What windows tell is a batch of maps of one pixel each, (U,C,1,1) or (V,C,1,1), which `spread` makes one map. Beyond the
    edges there is no label, and what is convolved is 0.
    """

    near: Tensor  # (B,h,w) int64: which of the U windows lies around each pixel
    far: Tensor  # (B,h,w) int64: which of the V

    def __init__(self, labels: Tensor, regions: int, kernel: int) -> None:
        self.regions, self.kernel = regions, kernel
        (height, width), reach = labels.shape[1:], kernel // 2
        labels = F.pad(labels + 1, (2 * reach,) * 4)  # 0 is beyond the edges
        sample = torch.arange(len(labels), device=labels.device)[:, None, None]
        across, differ = numbered(labels.unfold(2, kernel, 1).unbind(3), regions + 1)
        down = across.unfold(1, kernel, 1).unbind(3)
        near, count = numbered([sample.expand_as(down[0]), *down], max(differ, len(labels)))
        corners = [near[:, y : y + height, x : x + width] for y in (0, 2 * reach) for x in (0, 2 * reach)]
        self.near = near[:, reach : reach + height, reach : reach + width]
        self.far, _ = numbered(corners, count)  # windows of k x k at four corners tell all of (2k - 1) x (2k - 1)

        at = one_of_each(near)
        seen = labels.unfold(1, kernel, 1).unfold(2, kernel, 1)[at].flatten(1)
        taps = torch.arange(kernel**2, device=labels.device)
        self._taps = (at[0][:, None] * (regions + 1) + seen) * kernel**2 + taps
        self._inside = seen[:, kernel**2 // 2, None] > 0
        self._around = near.unfold(1, kernel, 1).unfold(2, kernel, 1)[one_of_each(self.far)].flatten(1)

    def convolved(self, kernels: Tensor) -> Tensor:
        """The one-hot map convolved by kernels (B,O,R,k,k) of each sample: (U,O,1,1)."""
        table = F.pad(wide(kernels).permute(0, 2, 3, 4, 1), (0, 0) * 3 + (1, 0))  # nothing beyond the edges
        return F.embedding_bag(self._taps, table.flatten(0, 3), mode="sum")[..., None, None]

    def convolved_again(self, found: Tensor, weight: Tensor) -> Tensor:
        """What smaller windows tell (U,C,1,1) convolved by `weight` (O,C,k,k): (V,O,1,1)."""
        table = found.flatten(1) * self._inside
        return _Product.apply(table, self._around, weight.permute(2, 3, 1, 0).flatten(0, 2))[..., None, None]

    def middle(self, found: Tensor) -> Tensor:
        """What the smaller window in the middle of each larger one tells: (U,C,1,1) -> (V,C,1,1)."""
        return F.embedding(self._around[:, self.kernel**2 // 2], found.flatten(1))[..., None, None]


class _Product(torch.autograd.Function):
    """Rows of `table` (N,C) side by side, those that `around` (V,K) names, times `weight` (K C,O): (V,O).

    The way back gathers the rows again: kept, they would be the most of what SEAN keeps.
    """

    @staticmethod
    def forward(ctx: Any, table: Tensor, around: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(table, around, weight)
        return F.embedding(around, table).flatten(1) @ weight

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (g,), (table, around, weight) = gradients, ctx.saved_tensors
        by_weight = F.embedding(around, table).flatten(1).to(g).mT @ g  # as precise as the product was
        by_rows = (g @ weight.to(g).mT).view(*around.shape, -1).to(table)
        by_table = torch.ops.aten.embedding_dense_backward(by_rows, around, len(table), -1, False)
        return by_table, None, by_weight.to(weight)


def spread(found: Tensor, which: Tensor) -> Tensor:
    """The map (B,C,h,w), channels last, that shows at each pixel what window `which` (B,h,w) tells, of (N,C,1,1)."""
    return F.embedding(which, found.flatten(1)).permute(0, 3, 1, 2)


def summed(map: Tensor, which: Tensor, count: int) -> Tensor:
    """The way back of `spread`: the sum over each window's pixels, (B,C,h,w) -> (count,C,1,1), at least in fp32."""
    pixels = wide(map.permute(0, 2, 3, 1).flatten(0, 2))
    return pixels.new_zeros(count, pixels.shape[1]).index_add_(0, which.flatten(), pixels)[..., None, None]


def numbered(digits: Sequence[Tensor], bound: int) -> tuple[Tensor, int]:
    """A number for each different sequence of `digits`, integer maps of one shape in 0..bound-1; and how many there are."""
    code, size = digits[0], bound
    for digit in digits[1:]:
        if size * bound >= 2**62:
            code, size = _ranked(code)
        code, size = code * bound + digit, size * bound
    return _ranked(code)


def one_of_each(numbers: Tensor) -> tuple[Tensor, ...]:
    """Where one of each number 0..N-1 of `numbers` stands: its indices (N,) along each dimension."""
    flat = numbers.flatten()
    at = flat.new_empty(int(flat.max()) + 1).scatter_(0, flat, torch.arange(len(flat), device=flat.device))
    return torch.unravel_index(at, numbers.shape)


def _ranked(code: Tensor) -> tuple[Tensor, int]:
    values, ranks = torch.unique(code, return_inverse=True)
    return ranks, len(values)
