"""Least-squares fits of affine maps to points, and affine maps at another size.

A map (2,3) takes a target pixel (x, y, 1) to a source pixel. Products are written out element by element: under autocast a
matrix product would round coordinates to half precision.
"""

import torch
from torch import Tensor

from zoo.ops.maps import scale_joints

LINE = 2.5e-4  # points whose smaller variance is below this part of the larger are a line (deviations 1 : 63)
POINT = 1e-3  # pixels: points closer together than this are one


def fit_affine(target: Tensor, source: Tensor, weights: Tensor | None = None) -> Tensor:
    """The least-squares affine that takes the points `target` (...,N,2) to `source` (...,N,2) -> (...,2,3).

    `weights` (...,N) are of the points, 0 for points to leave out (finite all the same). Where the target's points lie on a
    line or in one point, and so do not determine it, it is the least-squares affine nearest to `fit_similarity`.
    """
    w = _weights(target, weights)
    (x, x_mean), (y, y_mean) = _centred(target, w), _centred(source, w)
    similar = _similar(x, y, w)
    rest = y - apply_linear(similar, x)
    moment = (w[..., None, None] * rest[..., :, None] * x[..., None, :]).sum(-3)
    inverse = _pseudo_inverse((w[..., None, None] * x[..., :, None] * x[..., None, :]).sum(-3))
    correction = (moment[..., :, :, None] * inverse[..., None, :, :]).sum(-2)
    return _through(similar + correction, x_mean, y_mean)


def fit_similarity(target: Tensor, source: Tensor, weights: Tensor | None = None) -> Tensor:
    """The least-squares turn, scale and shift that takes the points `target` (...,N,2) to `source` (...,N,2) -> (...,2,3).

    Points with `weights` (...,N) 0 are left out. One point gives a shift, none the identity.
    """
    w = _weights(target, weights)
    (x, x_mean), (y, y_mean) = _centred(target, w), _centred(source, w)
    return _through(_similar(x, y, w), x_mean, y_mean)


def scale_affines(affines: Tensor, size: tuple[int, int], to: tuple[int, int]) -> Tensor:
    """Affines (...,2,3) between images of `size`, in pixels of the same images resized to `to` (as `scale_joints`)."""
    if size == to:
        return affines
    ratio = affines.new_tensor([to[1] / size[1], to[0] / size[0]])
    origin = scale_joints(torch.zeros_like(ratio), size, to)
    linear = affines[..., :2] * ratio[:, None] / ratio
    offset = affines[..., 2] * ratio + origin - apply_linear(linear, origin[None])[..., 0, :]
    return torch.cat([linear, offset[..., None]], -1)


def apply_linear(linear: Tensor, points: Tensor) -> Tensor:
    """`linear` (...,2,2) times every point (...,N,2)."""
    return (linear[..., None, :, :] * points[..., :, None, :]).sum(-1)


def _weights(points: Tensor, weights: Tensor | None) -> Tensor:
    return torch.ones_like(points[..., 0]) if weights is None else weights.to(points.dtype)


def _centred(points: Tensor, w: Tensor) -> tuple[Tensor, Tensor]:
    mean = (w[..., None] * points).sum(-2) / w.sum(-1, keepdim=True).clamp_min(1e-12)
    return points - mean[..., None, :], mean


def _through(linear: Tensor, x_mean: Tensor, y_mean: Tensor) -> Tensor:
    return torch.cat([linear, (y_mean - (linear * x_mean[..., None, :]).sum(-1))[..., None]], -1)


def _similar(x: Tensor, y: Tensor, w: Tensor) -> Tensor:
    """[[a, -b], [b, a]] with a + ib = sum conj(x) y / sum |x|^2, points as complex numbers; 1 if they are one point."""
    spread = (w[..., None] * x * x).sum((-2, -1))
    point = spread <= POINT**2
    spread = spread.clamp_min(POINT**2)
    a = torch.where(point, 1, (w[..., None] * x * y).sum((-2, -1)) / spread)
    b = torch.where(point, 0, (w * (x[..., 0] * y[..., 1] - x[..., 1] * y[..., 0])).sum(-1) / spread)
    return torch.stack([torch.stack([a, -b], -1), torch.stack([b, a], -1)], -2)


def _pseudo_inverse(matrix: Tensor) -> Tensor:
    """Of symmetric positive matrices (...,2,2): A / tr(A)^2 where the rank is 1."""
    (xx, xy), (_, yy) = (row.unbind(-1) for row in matrix.unbind(-2))
    trace, determinant = xx + yy, xx * yy - xy * xy
    whole = determinant > LINE * trace**2
    adjugate = torch.stack([torch.stack([yy, -xy], -1), torch.stack([-xy, xx], -1)], -2)
    divisor = torch.where(whole, determinant, trace**2).clamp_min(POINT**4)
    return torch.where(whole[..., None, None], adjugate, matrix) / divisor[..., None, None]
