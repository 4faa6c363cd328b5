"""The residual blocks and the pyramid that pose, appearance and flow nets are made of (Intr-Flow, Li et al. 2019)."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from zoo_base.networks import Norm, normalisation

Skips = list[tuple[Tensor, Tensor]]  # per scale, finest first: the outputs of its two residual blocks


def widths(width: int, cap: int, scales: int) -> list[int]:
    """c_l = min(width (l + 1), cap) of `scales` scales and of the map below the last one."""
    return [min(width * (level + 1), cap) for level in range(scales + 1)]


class ResidualBlock(nn.Module):
    """x + norm(conv3(ReLU(cat(x, norm(conv1(ReLU(a))))))); without `extra` channels there is no a."""

    def __init__(self, channels: int, extra: int = 0, norm: Norm = "batch") -> None:
        super().__init__()
        self.reduce = nn.Sequential(*activated(extra, channels, norm, kernel=1)) if extra else None
        self.body = nn.Sequential(*activated(channels * (2 if extra else 1), channels, norm))

    def forward(self, x: Tensor, a: Tensor | None = None) -> Tensor:
        if self.reduce is None or a is None:
            return x + self.body(x)
        return x + self.body(torch.cat([x, self.reduce(a)], 1))


class TwinEncoder(nn.Module):
    """(B,c_0,H,W) -> two maps (B,c_l,H/2^l,W/2^l) per scale, and the map below: (B,c_n,H/2^n,W/2^n)."""

    def __init__(self, widths: Sequence[int], norm: Norm = "batch") -> None:
        super().__init__()
        self.first, self.second = (nn.ModuleList(ResidualBlock(c, norm=norm) for c in widths[:-1]) for _ in range(2))
        self.downs = nn.ModuleList(nn.Sequential(*activated(a, b, norm, stride=2)) for a, b in pairwise(widths))

    def forward(self, x: Tensor) -> tuple[Skips, Tensor]:
        skips: Skips = []
        for first, second, down in zip(self.first, self.second, self.downs, strict=True):
            early = first(x)
            late = second(early)
            skips.append((early, late))
            x = down(late)
        return skips, x


def entry(inputs: int, outputs: int, norm: Norm = "batch") -> nn.Sequential:
    """conv1 and norm: how maps of any number of channels enter an encoder."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=norm == "none"), normalisation(norm, outputs))


def activated(inputs: int, outputs: int, norm: Norm, kernel: int = 3, stride: int = 1) -> list[nn.Module]:
    """ReLU, convolution, norm."""
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=norm == "none")
    return [nn.ReLU(), convolution, normalisation(norm, outputs)]


def growth(inputs: int, outputs: int, norm: Norm = "batch") -> nn.Sequential:
    """ReLU, conv3 to four times the channels, pixel shuffle, norm: twice the size."""
    return nn.Sequential(
        nn.ReLU(), nn.Conv2d(inputs, 4 * outputs, 3, padding=1), nn.PixelShuffle(2), normalisation(norm, outputs)
    )
