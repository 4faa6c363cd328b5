"""The encoder and decoder that both of SPT's networks are made of (SPT spec 1a; the shapes are Deformable GANs')."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from zoo.interfaces import Growing
from zoo_base.networks import InstanceNorm

PathNorm = Literal["sample", "instance", "none"]
Dropped = Literal["values", "maps"]
DROPPED = 3  # ways up, from the deepest, that drop half of what they say


class SampleNorm(nn.Module):
    """LN1: each sample normalised over channels and positions together; ONE scalar gain and ONE scalar bias.

    Unlike instance norm it keeps the channels' relative means, and so the colours. Channels come last in memory, and so here:
    the order is no matter to means, and turning it costs more than the rest.
    """

    def __init__(self) -> None:
        super().__init__()
        self.gain, self.bias = nn.Parameter(torch.ones(())), nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        last = x.permute(0, 2, 3, 1)
        return F.layer_norm(last, last.shape[1:], eps=1e-3).permute(0, 3, 1, 2) * self.gain + self.bias


def path_norm(norm: PathNorm, channels: int) -> nn.Module:
    """The norm by name."""
    return {"sample": SampleNorm, "instance": lambda: InstanceNorm(channels), "none": nn.Identity}[norm]()


class Down(nn.Sequential):
    """LeakyReLU, 4x4 convolution of stride 2 without bias, norm."""

    def __init__(self, inputs: int, outputs: int, norm: PathNorm) -> None:
        convolution = nn.Conv2d(inputs, outputs, 4, 2, 1, bias=False)
        super().__init__(nn.LeakyReLU(0.2), convolution, path_norm(norm, outputs))


class Up(nn.Sequential):
    """ReLU, 4x4 transposed convolution of stride 2 without bias, norm, dropout of single values or of whole maps."""

    def __init__(self, inputs: int, outputs: int, norm: PathNorm, dropout: float, drop: Dropped = "values") -> None:
        convolution = nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=False)
        dropping = nn.Dropout2d(dropout) if drop == "maps" else nn.Dropout(dropout)
        super().__init__(nn.ReLU(), convolution, path_norm(norm, outputs), dropping)


class DownPath(nn.Module):
    """(B,C,H,W) -> maps of `widths` channels at strides 1, 2, 4 ...; none has passed an activation, the coarsest no norm."""

    def __init__(self, inputs: int, widths: Sequence[int], norm: PathNorm) -> None:
        super().__init__()
        self.enter = nn.Conv2d(inputs, widths[0], 3, padding=1)
        norms = [norm] * (len(widths) - 2) + ["none"]
        self.downs = nn.ModuleList(Down(a, b, n) for (a, b), n in zip(pairwise(widths), norms, strict=True))

    def forward(self, x: Tensor) -> list[Tensor]:
        return self.deeper(self.enter(x))

    def deeper(self, x: Tensor) -> list[Tensor]:
        """The levels that follow from level 0, itself the first."""
        levels = [x]
        for down in self.downs:
            levels.append(down(levels[-1]))
        return levels


class UpPath(nn.Module):
    """Maps of `joined` channels at strides 1, 2, 4 ... -> (B,outputs,H,W).

    From the coarsest up; every other one is concatenated on arrival. The way up from level k has `widths[k]` channels.
    """

    def __init__(
        self,
        joined: Sequence[int],
        widths: Sequence[int],
        outputs: int,
        norm: PathNorm,
        dropout: float,
        drop: Dropped = "values",
    ) -> None:
        super().__init__()
        deepest = len(joined) - 1
        above = [widths[k + 1] if k < deepest else 0 for k in range(len(joined))]
        self.ups = nn.ModuleList(
            Up(joined[k] + above[k], widths[k], norm, dropout if deepest - k < DROPPED else 0.0, drop)
            for k in range(deepest, 0, -1)
        )
        self.channels = joined[0] + above[0]
        self.head = nn.Sequential(nn.ReLU(), nn.Conv2d(self.channels, outputs, 3, padding=1))

    def forward(self, levels: Sequence[Tensor]) -> Tensor:
        return self.head(self.features(levels))

    def features(self, levels: Sequence[Tensor]) -> Tensor:
        """What the head reads: the way up, and level 0 beside it."""
        x = levels[-1]
        for up, level in zip(self.ups, levels[-2::-1], strict=True):
            x = torch.cat([fitted(up(x), level), level], 1)
        return x


class GrowingDownPath(Growing):
    """An encoder at half size, and a level at full size that fades into its finest: strides 1, 2, 4 ... (SPT spec 1d).

    Until it grows the finer level is not computed, and all zeros.
    """

    def __init__(self, inputs: int, widths: Sequence[int], norm: PathNorm) -> None:
        """`widths` are those of the encoder at half size; the new level has half of the first."""
        super().__init__()
        self.coarse = DownPath(inputs, widths, norm)
        self.enter, self.down = nn.Conv2d(inputs, widths[0] // 2, 3, padding=1), Down(widths[0] // 2, widths[0], norm)

    def forward(self, x: Tensor) -> list[Tensor]:
        small = F.avg_pool2d(x, 2)
        if not self.growing:
            return [x.new_zeros(len(x), self.enter.out_channels, *x.shape[2:]), *self.coarse(small)]
        fine = self.enter(x)
        first = torch.lerp(self.coarse.enter(small), self.down(fine), self.fade)
        return [fine, *self.coarse.deeper(first)]


class GrowingUpPath(Growing):
    """A decoder at half size that paints on what it enlarges, and another way up that fades in, before the tanh (SPT spec 1d).

    Until it grows the decoder paints at half size, where it is taught, and its pixels are repeated.
    """

    def __init__(
        self,
        joined: Sequence[int],
        widths: Sequence[int],
        outputs: int,
        norm: PathNorm,
        dropout: float,
        drop: Dropped = "values",
    ) -> None:
        """`joined` begins with the new level, `widths` with that of the decoder at half size."""
        super().__init__()
        self.coarse = UpPath(joined[1:], widths, outputs, norm, dropout, drop)
        self.up = Up(self.coarse.channels, widths[0], norm, 0.0)
        self.head = nn.Sequential(nn.ReLU(), nn.Conv2d(widths[0] + joined[0], outputs, 3, padding=1))

    def forward(self, levels: Sequence[Tensor]) -> Tensor:
        features = self.coarse.features(levels[1:])
        if not self.growing:
            return fitted(F.interpolate(self.coarse.head(features), scale_factor=2.0, mode="nearest"), levels[0])
        coarse = self.coarse.head(fitted(F.interpolate(features, scale_factor=2.0, mode="nearest"), levels[0]))
        fine = self.head(torch.cat([fitted(self.up(features), levels[0]), levels[0]], 1))
        return torch.lerp(coarse, fine, self.fade)


def fitted(x: Tensor, like: Tensor) -> Tensor:
    """`x` at the size of `like`, for sides that do not halve evenly."""
    return x if x.shape[2:] == like.shape[2:] else F.interpolate(x, like.shape[2:], mode="nearest")


def widths_of(width: int, cap: int, depth: int) -> list[int]:
    """Channels of levels 0 ... `depth`: `width`, doubled at every level up to `cap`."""
    return [min(width * 2**k, cap) for k in range(depth + 1)]


def lively_init(module: nn.Module) -> None:
    """He's initialisation: level 0 has no norm, and what it reads of the photo's colours should arrive from the first step."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, 0.2)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        elif isinstance(layer, nn.ConvTranspose2d):  # every output pixel hears a quarter of the kernel
            nn.init.normal_(layer.weight, 0.0, (2 / (layer.in_channels * layer.weight[0, 0].numel() / 4)) ** 0.5)
