"""Region-adaptive normalisation (SPGNet eq. 6-7, SEAN), and what stands in its place in the ablations.

The style map C is constant inside a region, C(p) = sum_r S_r(p) u_r, so its convolution by W is one of the masks S by kernels
of each sample, (W * C)_o = sum_r K_or * S_r with K_or = sum_d W_od u_rd: R input channels instead of the code width. The first
convolution of the semantic branch reads the same masks, so both are one pass. Where the masks are labels, that pass and the
convolution after it are worked out once for each different window of labels (`zoo.ops.windows`).
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from zoo.ops.batch import WholeBatch, randn
from zoo.ops.normalise import normalise, slope
from zoo.ops.windows import spread, summed
from zoo_spgnet.layout import Layout


class ModulatedNorm(WholeBatch, nn.BatchNorm2d):
    """n gamma + beta, n the batch-normalised x (B,C,h,w); `modulation` is gamma, then beta: (B,2C,h,w).

    Or it holds what is the same in many places once, (N,2C,1,1), and `where` (B,h,w) says which of them belongs where.
    """

    def __init__(self, channels: int) -> None:
        super().__init__(channels, affine=False)

    def forward(self, x: Tensor, modulation: Tensor, where: Tensor | None = None) -> Tensor:  # type: ignore[override]
        return _Modulate.apply(
            x, modulation, where, self.running_mean, self.running_var, self.training, self.momentum, self.eps
        )


class _Modulate(torch.autograd.Function):
    """n gamma + beta with n the batch-normalised x. Keeps n and gamma alone for the way back: half of what autograd would."""

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        modulation: Tensor,
        where: Tensor | None,
        mean: Tensor,
        var: Tensor,
        training: bool,
        momentum: float,
        eps: float,
    ) -> Tensor:
        if training:
            n, scale = normalise(x, mean, var, momentum, eps)
        else:
            n, scale = torch.native_batch_norm(x, None, None, mean, var, False, momentum, eps)[0], torch.rsqrt(var + eps)
        gamma, beta = (modulation if where is None else spread(modulation.to(x.dtype), where)).chunk(2, 1)
        ctx.training, ctx.dtype = training, modulation.dtype
        ctx.save_for_backward(n, gamma.clone() if where is None else modulation, scale, where)
        return torch.addcmul(beta, n, gamma)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (g,), (n, gamma, scale, where) = gradients, ctx.saved_tensors
        count = len(gamma)
        if where is not None:
            gamma = spread(gamma[:, : n.shape[1]].to(n.dtype), where)
        by_gamma, by_n = g * n, g * gamma
        by_x = slope(by_n, n, scale) if ctx.training else by_n * scale[:, None, None]
        both = [by_gamma, g] if where is None else [summed(by, where, count) for by in (by_gamma, g)]
        return by_x, torch.cat(both, 1).to(ctx.dtype), None, None, None, None, None, None


class RegionStyles(nn.Module):
    """u_r = ReLU(A_r s_r + b_r): a linear layer for each region; codes (B,R,D) -> (B,R,D). An absent region's code is 0."""

    def __init__(self, regions: int, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(regions, width, width) * (2 / width) ** 0.5)
        self.bias = nn.Parameter(torch.zeros(regions, width))

    def forward(self, codes: Tensor) -> Tensor:
        return torch.relu(torch.einsum("brd,rde->bre", codes, self.weight) + self.bias)


class SPADE(nn.Module):
    """n (1 + gamma) + beta, n the batch-normalised x; gamma and beta are two convolutions deep in the region masks."""

    def __init__(self, channels: int, regions: int, *, kernel: int = 5, hidden: int = 64, noise: bool = False) -> None:
        super().__init__()
        self.norm = ModulatedNorm(channels)
        self.semantic = nn.Conv2d(regions, hidden, kernel, padding=kernel // 2)
        self.modulate = nn.Conv2d(hidden, 2 * channels, kernel, padding=kernel // 2)
        self.noise = nn.Parameter(torch.zeros(channels, 1, 1)) if noise else None
        self.register_buffer("one", torch.cat([torch.ones(channels), torch.zeros(channels)]), persistent=False)

    one: Tensor  # the 1 of 1 + gamma

    def forward(self, x: Tensor, layout: Layout) -> Tensor:
        if self.noise is not None and self.training:
            x = x + self.noise * randn(len(x), 1, *x.shape[2:], like=x)
        return self.norm(x, *self.modulation(x, layout))

    def modulation(self, x: Tensor, layout: Layout) -> tuple[Tensor, Tensor | None]:
        """1 + gamma and beta as `ModulatedNorm` takes them."""
        masks, kernel = layout.at(x), self.modulate.kernel_size[0]
        hidden = masks.convolve(masks.shared(self.semantic.weight), bias_of(self.semantic))
        both = masks.convolve_again(hidden.relu(), self.modulate.weight, bias_of(self.modulate) + self.one)
        return both, masks.where(kernel)


class SEAN(SPADE):
    """SPADE blended with a branch that reads the region styles: gamma = theta gamma_s + (1 - theta) gamma_c, beta alike.

    s is the semantic branch, c the style branch, theta a learned scalar in (0,1) for each of gamma and beta. `own_styles`
    passes the codes through a `RegionStyles` of this layer first.
    """

    def __init__(
        self,
        channels: int,
        regions: int,
        width: int,
        *,
        kernel: int = 5,
        hidden: int = 64,
        noise: bool = False,
        own_styles: bool = True,
    ) -> None:
        super().__init__(channels, regions, kernel=kernel, hidden=hidden, noise=noise)
        self.styles = RegionStyles(regions, width) if own_styles else nn.Identity()
        self.paste = nn.Conv2d(width, 2 * channels, kernel, padding=kernel // 2)
        self.theta = nn.Parameter(torch.zeros(2))  # sigmoid(0): both branches weigh alike at first

    def modulation(self, x: Tensor, layout: Layout) -> tuple[Tensor, Tensor | None]:
        kernel = self.modulate.kernel_size[0]
        masks, theta = layout.at(x), self.theta.sigmoid().repeat_interleave(len(self.one) // 2)
        styles = masks.of_sample(self.styles(layout.codes))
        pasted = (1 - theta)[:, None, None, None] * torch.einsum("odij,bmd->bomij", self.paste.weight, styles)
        kernels = torch.cat([masks.shared(self.semantic.weight), pasted], 1)
        bias = torch.cat([bias_of(self.semantic), bias_of(self.paste).lerp(bias_of(self.modulate), theta) + self.one])
        hidden, style = masks.convolve(kernels, bias).split([len(self.semantic.weight), len(self.one)], 1)
        weight = theta[:, None, None, None] * self.modulate.weight
        return masks.convolve_again(hidden.relu(), weight).add_(masks.beside(style, kernel)), masks.where(kernel)


class ConditionalConv(nn.Module):
    """n + K * n, n the batch-normalised x and K a 3x3 kernel per channel and position, predicted from the regions (CC-FPSE)."""

    def __init__(self, channels: int, regions: int, *, kernel: int = 5, hidden: int = 64) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.semantic = nn.Conv2d(regions, hidden, kernel, padding=kernel // 2)
        self.predict = nn.Conv2d(hidden, 9 * channels, 1)

    def forward(self, x: Tensor, layout: Layout) -> Tensor:
        masks = layout.at(x)
        hidden = masks.convolve(masks.shared(self.semantic.weight), bias_of(self.semantic))
        kernels = masks.as_map(self.predict(hidden.relu()), self.semantic.kernel_size[0]).unflatten(1, (-1, 9))
        patches = F.unfold(self.norm(x), 3, padding=1).view_as(kernels)
        return patches[:, :, 4] + (kernels * patches).sum(2)  # [4]: the middle of the 3x3


def bias_of(layer: nn.Conv2d) -> Tensor:
    assert layer.bias is not None
    return layer.bias
