"""The skeleton of the dual-path generators: pose and merged style meet in one decoder (Intr-Flow, SPGNet tab. 5)."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import log2

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from zoo.types import FeatureSpec
from zoo_base.networks import Norm, gaussian_init, kaiming_init
from zoo_spgnet.blocks import Skips, TwinEncoder, entry
from zoo_spgnet.layout import Layout


class DualPath(nn.Module):
    """A pose (B,K,H,W) and a merged pyramid -> (B,c_0,H,W), what the image is painted from.

    c_l = `channels[l]` at 1/2^l; the last entry is of the map below the last scale. `grow(a, b)` builds what makes (B,a,h,w)
    twice as large, `block(c)` what takes both paths' maps (B,2c,h,w) into the decoder's (B,c,h,w). Both are handed the layout
    too, if there is one.
    """

    def __init__(
        self,
        inputs: int,
        upstream: FeatureSpec,
        channels: Sequence[int],
        norm: Norm,
        grow: Callable[[int, int], nn.Module],
        block: Callable[[int], nn.Module],
    ) -> None:
        super().__init__()
        self.enter = entry(inputs, channels[0], norm)
        self.encoder = TwinEncoder(channels, norm)
        self.arrivals = Arrivals(upstream, channels)
        self.bottom = entry(2 * channels[-1], channels[-1], norm)
        self.grow = nn.ModuleList(grow(b, a) for a, b in pairwise(channels))
        self.blocks = nn.ModuleList(nn.ModuleList(block(c) for _ in range(2)) for c in channels[:-1])
        kaiming_init(self, 0.0)

    def forward(self, pose: Tensor, pyramid: Sequence[Tensor], *layout: Layout) -> Tensor:
        skips, below = self.encoder(self.enter(pose.contiguous(memory_format=torch.channels_last)))
        arrived, arrived_below = self.arrivals(pyramid, skips, below)
        x = self.bottom(torch.cat([below, arrived_below], 1))
        for grow, blocks, *pairs in zip(*(reversed(s) for s in (self.grow, self.blocks, skips, arrived)), strict=True):
            x = grow(x, *layout)
            for block, pose_map, style_map in zip(blocks, *(reversed(pair) for pair in pairs), strict=True):
                x = block(x, torch.cat([pose_map, style_map], 1), *layout)
        return x


def last_layer(channels: int) -> nn.Conv2d:
    """(B,channels,H,W) -> the three colours before their tanh."""
    paint = nn.Conv2d(channels, 3, 7, padding=3, padding_mode="reflect")
    gaussian_init(paint)  # He's start would saturate the tanh
    return paint


class Arrivals(nn.Module):
    """The merged pyramid as the decoder takes it: two maps of c_l channels per scale, and one below the last.

    A level of the right stride and channels is taken as it is. Elsewhere the level nearest in stride is resized and sent
    through a 1x1 convolution, so that any merging operator will do.
    """

    def __init__(self, upstream: FeatureSpec, channels: Sequence[int]) -> None:
        super().__init__()
        wanted = [*(2 * c for c in channels[:-1]), channels[-1]]
        apart = [[abs(log2(stride) - scale) for stride in upstream.strides] for scale in range(len(wanted))]
        self.levels = [distances.index(min(distances)) for distances in apart]
        fits = [not min(d) and upstream.channels[k] == c for d, k, c in zip(apart, self.levels, wanted, strict=True)]
        self.fit = nn.ModuleList(
            nn.Identity() if fit else nn.Conv2d(upstream.channels[k], c, 1)
            for fit, k, c in zip(fits, self.levels, wanted, strict=True)
        )

    def forward(self, pyramid: Sequence[Tensor], skips: Skips, below: Tensor) -> tuple[Skips, Tensor]:
        """Maps on the grids of `skips` and `below`."""
        grids = [*(first for first, _ in skips), below]
        maps = [fit(resized(pyramid[k], grid)) for fit, k, grid in zip(self.fit, self.levels, grids, strict=True)]
        return [(m[:, : m.shape[1] // 2], m[:, m.shape[1] // 2 :]) for m in maps[:-1]], maps[-1]


def resized(x: Tensor, like: Tensor) -> Tensor:
    """`x` on the grid of `like`: averaged where that is coarser, interpolated where it is finer."""
    size = (like.shape[2], like.shape[3])
    if x.shape[2:] == size:
        return x
    coarser = size[0] <= x.shape[2] and size[1] <= x.shape[3]
    return F.adaptive_avg_pool2d(x, size) if coarser else F.interpolate(x, size, mode="bilinear", align_corners=False)
