"""Operators of torch that ONNX has no word for, said in others. Exact: the same numbers up to rounding."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


def _hypot(x: Tensor, y: Tensor) -> Tensor:
    return (x.square() + y.square()).sqrt()


def _adaptive_max_pool2d(x: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Rows first, then columns: the maximum of maxima. Where it was found nobody asks in a forward pass."""
    for dim, cells in zip((-2, -1), size, strict=True):
        side = x.shape[dim]
        bounds = [(i * side // cells, -(-(i + 1) * side // cells)) for i in range(cells)]
        x = torch.stack([x.narrow(dim, low, high - low).amax(dim) for low, high in bounds], dim)
    return x, torch.zeros_like(x, dtype=torch.int64)


WITHOUT_ONNX: dict[Any, Callable[..., Any]] = {
    torch.ops.aten.hypot.default: _hypot,
    torch.ops.aten.adaptive_max_pool2d.default: _adaptive_max_pool2d,
}
