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

    Said by the sum u = x + y and the difference d = x - y, of which nothing but means m and variances v is asked for:
    (mu^2 - md^2 + 2 C1) (vu - vd + 2 C2) / ((mu^2 + md^2 + 2 C1) (vu + vd + 2 C2)).
    """
    pictures, channels = output.shape[:2]
    x, y = (_side_by_side(image) for image in (output, truth))
    u, d = (x + y).sub_(1), x - y  # moments about the middle keep their digits in single precision
    mu, md = _filtered(u, window), _filtered(d, window)
    vu, vd = (
        _filtered(u.square_(), window).addcmul_(mu, mu, value=-1),
        _filtered(d.square_(), window).addcmul_(md, md, value=-1),
    )
    if sample:
        n = len(window) ** 2
        vu, vd = vu.mul_(n / (n - 1)), vd.mul_(n / (n - 1))
    span = torch.as_tensor(span, dtype=u.dtype, device=u.device).expand(pictures).repeat_interleave(channels).view(1, -1, 1, 1)
    of_means = _fraction(mu.add_(1).square_(), md.square_(), 2 * (K1 * span).square())
    of_variances = _fraction(vu, vd, 2 * (K2 * span).square())
    return of_means.mul_(of_variances).mean((2, 3)).view(pictures, channels).mean(1)


def _fraction(first: Tensor, second: Tensor, constant: Tensor) -> Tensor:
    """(a - b + c) / (a + b + c), in the place of the first."""
    first.add_(constant)
    return (first - second).div_(first.add_(second))


def _side_by_side(images: Tensor) -> Tensor:
    """(1,B*C,H,W), channels last in memory: depthwise convolutions are an order of magnitude faster over many channels so."""
    b, c, height, width = images.shape
    return images.permute(2, 3, 0, 1).reshape(1, height, width, b * c).permute(0, 3, 1, 2)


def _filtered(maps: Tensor, window: Tensor) -> Tensor:
    """(1,C,H-K+1,W-K+1)."""
    channels = maps.shape[1]
    row = window.to(maps).expand(channels, 1, 1, -1)
    return F.conv2d(F.conv2d(maps, row.mT, groups=channels), row, groups=channels)
