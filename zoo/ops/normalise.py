"""Instance norm that keeps channels last; batch norm by the whole batch, when several processes hold a share of it each.

torch.nn.SyncBatchNorm is the latter for GPUs alone; this runs on every device.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from zoo.ops import batch


def instance_norm(x: Tensor, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5) -> Tensor:
    """(x - m) / sqrt(v + eps) weight + bias, m and v over the positions of each sample and channel of x (B,C,H,W).

    It is the batch norm of each sample alone. torch's instance norm turns channels last into channels first, which on a CPU
    takes four times as long, and its gradient is wrong for one sample whose gradient ahead is channels last (torch 2.11).
    """
    if x.device.type != "cpu" or torch.compiler.is_compiling():
        return F.instance_norm(x, weight=weight, bias=bias, eps=eps)
    return torch.cat([F.batch_norm(sample, None, None, weight, bias, True, eps=eps) for sample in x.split(1)])


def normalise(
    x: Tensor, running_mean: Tensor | None, running_var: Tensor | None, momentum: float, eps: float
) -> tuple[Tensor, Tensor]:
    """n = (x - m) scale and scale = 1 / sqrt(v + eps) (C,), m and v of the batch's x (B,C,...). Updates the running statistics.

    Knows no gradient: `slope` is the way back.
    """
    if batch._share.parts == 1:
        n, _, scale = torch.native_batch_norm(x, None, None, running_mean, running_var, True, momentum, eps)
        return n, scale
    m, v = _moments(x)
    if running_mean is not None and running_var is not None:
        count = batch._share.parts * x.numel() // x.shape[1]
        running_mean.lerp_(m.to(running_mean), momentum)
        running_var.lerp_((v * count / (count - 1)).to(running_var), momentum)
    n = torch.native_batch_norm(x, None, None, m, v, False, 0.0, eps)[0]
    return n, torch.rsqrt(v + eps)


def _moments(x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and biased variance (C,) over the whole batch: v = E v_k + var m_k, for equal parts k."""
    var, mean = torch.var_mean(x.to(torch.promote_types(x.dtype, torch.float32)), _over(x), correction=0)
    means, variances = batch.everyone(torch.stack([mean, var])).unbind(1)
    return means.mean(0), variances.mean(0) + means.var(0, correction=0)


def slope(g: Tensor, n: Tensor, scale: Tensor) -> Tensor:
    """dL/dx = scale (g - E g - n E (g n)) of `normalise`, g = dL/dn: m and v depend on every x of the batch."""
    shift = batch.mean(torch.stack([g.mean(_over(g)), (g * n).mean(_over(g))]))
    aside = [-1, *[1] * (g.dim() - 2)]
    return (g - shift[0].view(aside) - n * shift[1].view(aside)) * scale.view(aside)


def _over(x: Tensor) -> list[int]:
    return [0, *range(2, x.dim())]


class Normalise(torch.autograd.Function):
    """`normalise` with its gradient; (x, running_mean, running_var, momentum, eps) -> n."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, running_mean: Tensor | None, running_var: Tensor | None, momentum: float, eps: float
    ) -> Tensor:
        n, scale = normalise(x, running_mean, running_var, momentum, eps)
        ctx.save_for_backward(n, scale)
        return n

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        return slope(gradients[0], *ctx.saved_tensors), None, None, None, None
