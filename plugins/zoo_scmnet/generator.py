"""Translation generator: a U-Net on the rearranged style alone (SCM-Net sec. 3.4)."""

from itertools import pairwise
from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context
from zoo.types import Merged, Person
from zoo_base.networks import ConvBlock, Norm, ResBlock, stages
from zoo_base.painting import Painter

SMALLEST = 2  # pixels a side: instance norm needs more than one value


class TranslationGenerator(Painter):
    """Down `depth` times from one level of the style (as far as its grid allows), up again with skips, up to full size.

    Channels: `width` on the grid, twice that below it, above it half as many per doubling, at least `width` / 4. All skips
    stay inside: one from the style encoder would leak the source's layout. A level that holds the photo alone is no style.
    """

    def __init__(
        self,
        context: Context,
        *,
        width: Annotated[int, Option("channels on the grid of the style", "paper")] = 256,
        depth: Annotated[int, Option("how often it is halved below that grid", "paper")] = 3,
        norm: Annotated[Norm, Option("normalisation of every block", "paper")] = "instance",
        level: Annotated[int, Option("which level of the style is read, 0 the finest", "ours")] = 0,
        pose: Annotated[
            bool, Option("lays the target's pose beside the style, so that a limb is drawn where nothing matched", "ours")
        ] = False,
        res_blocks: Annotated[int, Option("residual blocks on the grid, with room to draw it", "ours")] = 0,
    ) -> None:
        super().__init__()
        upstream = context.upstream
        self.level, self.pose = upstream.first_style + level, pose
        stride = upstream.strides[self.level]
        widths = [width, *[2 * width] * min(depth, _halvings(min(context.size) // stride))]
        self.enter = nn.Conv2d(upstream.channels[self.level] + pose * context.pose_channels, width, 3, padding=1)
        self.draw = nn.Sequential(*(ResBlock(width, norm) for _ in range(res_blocks)))
        self.down = nn.ModuleList(ConvBlock(a, b, 4, 2, norm, slope=0.2) for a, b in pairwise(widths))
        ups = widths[-2::-1]
        joined = [widths[-1], *[2 * w for w in ups]]  # each way up meets its skip
        self.up = nn.ModuleList(ConvBlock(a, b, norm=norm) for a, b in zip(joined, ups, strict=False))
        above = [joined[-1], *[max(width >> i, width // 4) for i in range(1, stages(stride) + 1)]]
        self.grow = nn.ModuleList(ConvBlock(a, b, norm=norm) for a, b in pairwise(above))
        self.width = above[-1]
        self.paint = nn.Conv2d(self.width, 3, 7, padding=3, padding_mode="reflect")

    def features(self, merged: Merged, target: Person) -> Tensor:
        style = merged.pyramid[self.level]
        y = self.draw(self.enter(torch.cat([style, _drawn(target, style)], 1) if self.pose else style))
        skips = []
        for down in self.down:
            skips.append(y)
            y = down(y)
        for up, skip in zip(self.up, reversed(skips), strict=True):
            y = torch.cat([up(F.interpolate(y, skip.shape[2:], mode="nearest")), skip], 1)
        for grow in self.grow:
            y = grow(F.interpolate(y, scale_factor=2.0, mode="nearest"))
        return y


def _drawn(target: Person, like: Tensor) -> Tensor:
    """The target's pose (B,K,h,w) on the grid of `like`."""
    if target.pose is None:
        raise ZooError("the target has no pose drawn", where="scmnet.translation", fix="draw it: Person(pose=...)")
    return F.adaptive_max_pool2d(target.pose, like.shape[2:])


def _halvings(side: int) -> int:
    return max(side // SMALLEST, 1).bit_length() - 1
