"""Translation generator: a U-Net on the rearranged style alone (SCM-Net sec. 3.4)."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from zoo.errors import ZooError
from zoo.interfaces import Context, Generator
from zoo.types import Merged, Person
from zoo_base.networks import ConvBlock, Norm, ResBlock, as_image, stages

SMALLEST = 2  # pixels a side: instance norm needs more than one value


class TranslationGenerator(Generator):
    """Down `depth` times from one level of the pyramid (as far as its grid allows), up again with skips, up to full size.

    Channels: `width` on the grid, twice that below it, above it half as many per doubling, at least `width` / 4. All skips
    stay inside: one from the style encoder would leak the source's layout. Ours: `shortcut` adds a linear reading of the
    rearranged style to the painted image, so that colours arrive from the first step; `pose` lays the target's pose beside
    the style, so that a limb is drawn where nothing matched well (the paper's generator sees the style alone), and `res_blocks`
    residual blocks on the grid have room to draw it.
    """

    def __init__(
        self,
        context: Context,
        *,
        width: int = 256,
        depth: int = 3,
        norm: Norm = "instance",
        level: int = 0,
        shortcut: bool = False,
        pose: bool = False,
        res_blocks: int = 0,
    ) -> None:
        super().__init__()
        upstream = context.upstream
        self.level, self.pose = level, pose
        stride = upstream.strides[level]
        widths = [width, *[2 * width] * min(depth, _halvings(min(context.size) // stride))]
        self.enter = nn.Conv2d(upstream.channels[level] + pose * context.pose_channels, width, 3, padding=1)
        self.draw = nn.Sequential(*(ResBlock(width, norm) for _ in range(res_blocks)))
        self.down = nn.ModuleList(ConvBlock(a, b, 4, 2, norm, slope=0.2) for a, b in pairwise(widths))
        ups = widths[-2::-1]
        joined = [widths[-1], *[2 * w for w in ups]]  # each way up meets its skip
        self.up = nn.ModuleList(ConvBlock(a, b, norm=norm) for a, b in zip(joined, ups, strict=False))
        above = [joined[-1], *[max(width >> i, width // 4) for i in range(1, stages(stride) + 1)]]
        self.grow = nn.ModuleList(ConvBlock(a, b, norm=norm) for a, b in pairwise(above))
        self.paint = nn.Conv2d(above[-1], 3, 7, padding=3, padding_mode="reflect")
        self.shortcut = _pixels(upstream.channels[level], stride) if shortcut else None

    def forward(self, merged: Merged, target: Person) -> Tensor:
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
        y = self.paint(y)
        if self.shortcut is not None:
            y = y + self.shortcut(style)
        return as_image(y)


def _pixels(channels: int, stride: int) -> nn.Module:
    """A linear reading of the stride x stride pixels under each cell: (B,C,h,w) -> (B,3,H,W).

    It starts as the last channels as they are, which is where a style keeps the photo's own pixels if it does.
    """
    read = nn.Conv2d(channels, 3 * stride**2, 1)
    with torch.no_grad():
        for pixel, channel in enumerate(range(max(channels - read.out_channels, 0), channels)):
            read.weight[pixel, channel] += 1
    return nn.Sequential(read, nn.PixelShuffle(stride))


def _drawn(target: Person, like: Tensor) -> Tensor:
    """The target's pose (B,K,h,w) on the grid of `like`."""
    if target.pose is None:
        raise ZooError("the target has no pose drawn", where="scmnet.translation", fix="draw it: Person(pose=...)")
    return F.adaptive_max_pool2d(target.pose, like.shape[2:])


def _halvings(side: int) -> int:
    return max(side // SMALLEST, 1).bit_length() - 1
