"""SSIM (Wang et al. 2004) of many pictures at once, of any separable window and either covariance."""

import torch
import torch.nn.functional as F
from torch import Tensor

K1, K2 = 0.01, 0.03


def gaussian_window(width: int, sigma: float) -> Tensor:
    """(width,) weights that sum to one."""
    at = torch.arange(width, dtype=torch.float64) - (width - 1) / 2
    weights = torch.exp(-at.square() / (2 * sigma**2))
    return (weights / weights.sum()).float()


def uniform_window(width: int) -> Tensor:
    """(width,) weights that sum to one."""
    return torch.full((width,), 1 / width)


def ssim(output: Tensor, truth: Tensor, window: Tensor, span: Tensor | float = 1.0, *, sample: bool = False) -> Tensor:
    """(B,): mean over channels and over the pixels whose window (K,) x (K,) lies inside the images (B,3,H,W) in [0,1].

    (2 mx my + C1) (2 cxy + C2) / ((mx^2 + my^2 + C1) (vx + vy + C2)) with C = (K L)^2; `span` is L, one number or (B,).
    `sample` takes variances with N - 1, N pixels being in a window, and not with N. NaN where a picture of span 0 asks for it.
    """
    centre = truth.mean((2, 3), keepdim=True)  # moments about it keep their digits in single precision
    x, y = output - centre, truth - centre
    maps = torch.cat([x, y, x.square() + y.square(), x * y], 1)
    mx, my, squares, product = _filtered(maps, window).chunk(4, 1)
    n = len(window) ** 2
    bessel = n / (n - 1) if sample else 1.0
    variances = bessel * (squares - mx.square() - my.square())  # of x and y together: nothing asks for one alone
    covariance = bessel * (product - mx * my)
    mx, my = mx + centre, my + centre
    span = torch.as_tensor(span, dtype=x.dtype, device=x.device).view(-1, 1, 1, 1)
    c1, c2 = (K1 * span).square(), (K2 * span).square()
    of_means = (2 * mx * my + c1) / (mx.square() + my.square() + c1)
    return (of_means * (2 * covariance + c2) / (variances + c2)).mean((1, 2, 3))


def _filtered(maps: Tensor, window: Tensor) -> Tensor:
    """(B,C,H-K+1,W-K+1). Depthwise convolutions are an order of magnitude faster with channels last."""
    channels = maps.shape[1]
    row = window.to(maps).expand(channels, 1, 1, -1)
    rows = F.conv2d(maps.contiguous(memory_format=torch.channels_last), row.mT, groups=channels)
    return F.conv2d(rows, row, groups=channels)
