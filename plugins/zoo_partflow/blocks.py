"""The paper's blocks: encoders of part images and sub-poses, the hybrid dilated block, the pyramid non-local block."""

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from zoo_base.dilated import DilatedConv2d
from zoo_base.flownet import SLOPE, EncoderBlock
from zoo_base.networks import Norm, normalisation, orthogonal_init, stages


class PartEncoder(nn.Module):
    """Maps or images (B,inputs,H,W) -> (B,channels[l],H/strides[l],W/strides[l]), finest first.

    Widths halve with every doubling above the finest level. `colours` adds a linear reading of the averaged input to every
    map, so that colours arrive from the first step (ours).
    """

    def __init__(
        self, inputs: int, strides: tuple[int, ...], channels: tuple[int, ...], *, norm: Norm, colours: bool = False
    ) -> None:
        super().__init__()
        known = {stages(stride): c for stride, c in zip(strides, channels, strict=True)}
        widths = [_width(known, depth) for depth in range(max(known) + 1)]
        self.levels = tuple(known)
        self.stem = nn.Conv2d(inputs, widths[0], 3, padding=1) if 0 in known else nn.Identity()
        before = [widths[0] if 0 in known else inputs, *widths[1:-1]]
        self.blocks = nn.ModuleList(
            EncoderBlock(a, b, norm=norm, raw=norm == "none" and i == 0)
            for i, (a, b) in enumerate(zip(before, widths[1:], strict=False))
        )
        self.colours = nn.ModuleList(nn.Conv2d(inputs, c, 1) for c in channels) if colours else None
        orthogonal_init(self, SLOPE)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        maps = [self.stem(x)]
        for block in self.blocks:
            maps.append(block(maps[-1]))
        found = [maps[level] for level in self.levels]
        if self.colours is not None:
            found = [m + read(F.adaptive_avg_pool2d(x, m.shape[2:])) for m, read in zip(found, self.colours, strict=True)]
        return tuple(found)


def _width(known: dict[int, int], depth: int) -> int:
    below = min(level for level in known if level >= depth)
    return max(known[below] >> (below - depth), 1)


class HybridDilated(nn.Module):
    """x + two 3x3 convolutions of dilations 1 and 2: each position sees 7 x 7 of its part (eq. 4-5; the skip is ours)."""

    def __init__(self, channels: int, *, norm: Norm) -> None:
        super().__init__()
        layers = ([DilatedConv2d(channels, channels, 3, padding=d, dilation=d), *_activated(channels, norm)] for d in (1, 2))
        self.body = nn.Sequential(*(layer for pair in layers for layer in pair))
        orthogonal_init(self, SLOPE)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x)


class PartFusion(nn.Sequential):
    """conv3, norm, act, conv3 over the parts and the whole pose laid side by side (eq. 6; the layers are ours)."""

    def __init__(self, inputs: int, outputs: int, *, norm: Norm) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, 3, padding=1), *_activated(outputs, norm), nn.Conv2d(outputs, outputs, 3, padding=1)
        )
        orthogonal_init(self, SLOPE)


def _activated(channels: int, norm: Norm) -> list[nn.Module]:
    return [normalisation(norm, channels, affine=True), nn.LeakyReLU(SLOPE)]


class NonLocal(nn.Module):
    """y_i + out(sum_j R_ij g(y_j)), R = softmax over j of <theta(y_i), phi(y_j)>: (B,C,h,w) -> the same, and R (B,N,N)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        narrow = max(channels // 2, 1)
        self.theta, self.phi, self.g = (nn.Conv2d(channels, narrow, 1) for _ in range(3))
        self.out = nn.Conv2d(narrow, channels, 1)
        orthogonal_init(self, slope=1)
        _zero(self.out)

    def forward(self, y: Tensor) -> tuple[Tensor, Tensor]:
        query, key, value = (embed(y).flatten(2) for embed in (self.theta, self.phi, self.g))
        relation = (query.mT @ key).softmax(2)
        return y + self.out((value @ relation.mT).unflatten(2, y.shape[2:])), relation


class PyramidNonLocal(nn.Module):
    """x + conv1(x, and what each grid of `pools` cells a side says after a non-local step): starts as the identity (eq. 7).

    Returns the features (B,C,h,w) and the relation map (B,s*s,s*s) of every grid, rows the asking cells. The paper does not
    say how the grids come back to h x w: here bilinear, and onto the features, whose detail they do not have.
    """

    def __init__(self, channels: int, *, pools: tuple[int, ...] = (4, 6), pool: Literal["max", "avg"] = "max") -> None:
        super().__init__()
        self.pools, self.pool = pools, F.adaptive_max_pool2d if pool == "max" else F.adaptive_avg_pool2d
        self.scales = nn.ModuleList(NonLocal(channels) for _ in pools)
        self.out = nn.Conv2d(channels * (1 + len(pools)), channels, 1)
        _zero(self.out)

    def forward(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        answers = [scale(self.pool(x, s)) for s, scale in zip(self.pools, self.scales, strict=True)]
        spread = [F.interpolate(y, x.shape[2:], mode="bilinear", align_corners=False) for y, _ in answers]
        return x + self.out(torch.cat([x, *spread], 1)), tuple(relation for _, relation in answers)


def _zero(layer: nn.Module) -> None:
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
