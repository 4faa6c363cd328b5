"""Generators: a plain U-Net, and the two without a network that the trivial baselines use."""

import itertools
from math import log2
from typing import Annotated

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context, Generator
from zoo.types import Merged, Person, PhotoChannels
from zoo_base.networks import ConvBlock, as_image, gaussian_init, stages

SMALLEST = 4  # pixels: the U-Net goes no deeper of its own accord, instance norm needs some


class UNet(Generator):
    """From the finest level of the pyramid `depth` halvings down and up again with skips, then up to full size (SCM-Net 1e).

    Coarser levels join on the way down at the stage nearest in stride. `width` is the width at full size; it grows with the
    stride up to 8 times that. All skips are of the merged style: none leaks the source's layout.
    """

    def __init__(
        self,
        context: Context,
        *,
        width: Annotated[int, Option("channels at full size", "ours")] = 64,
        depth: Annotated[int, Option("how often the finest level is halved on the way down", "ours")] = 3,
    ) -> None:
        super().__init__()
        spec = context.upstream
        finest = spec.strides[0]
        self.stages = [round(log2(s / finest)) for s in spec.strides]
        room = max(int(log2(min(context.size) / finest / SMALLEST)), 0)
        depth = max(min(depth, room), *self.stages)
        joining = [sum(c for c, k in zip(spec.channels, self.stages, strict=True) if k == at) for at in range(depth + 1)]
        widths = [_width(width, finest * 2**k) for k in range(depth + 1)]
        self.enter = ConvBlock(joining[0], widths[0], norm="none", slope=0.2)
        self.downs = nn.ModuleList(ConvBlock(a, b, 4, 2, slope=0.2) for a, b in itertools.pairwise(widths))
        self.joins = nn.ModuleList(
            nn.Conv2d(w + extra, w, 1) if extra else nn.Identity() for w, extra in zip(widths[1:], joining[1:], strict=True)
        )
        ways_up = widths[-2::-1]
        with_skips = [widths[-1], *(2 * w for w in ways_up)]
        self.ups = nn.ModuleList(ConvBlock(a, b) for a, b in zip(with_skips, ways_up, strict=False))
        rising = [with_skips[-1], *(_width(width, finest / 2**k) for k in range(1, stages(finest) + 1))]
        self.rises = nn.ModuleList(ConvBlock(a, b) for a, b in itertools.pairwise(rising))
        self.paint = nn.Conv2d(rising[-1], 3, 7, padding=3, padding_mode="reflect")
        gaussian_init(self)

    def forward(self, merged: Merged, target: Person) -> Tensor:
        levels = self._by_stage(merged)
        x = self.enter(torch.cat(levels[0], 1))
        skips = []
        for down, join, arriving in zip(self.downs, self.joins, levels[1:], strict=True):
            skips.append(x)
            x = down(x)
            x = join(torch.cat([x, *(_resized(m, x) for m in arriving)], 1))
        for up, skip in zip(self.ups, reversed(skips), strict=True):
            x = torch.cat([up(_resized(x, skip)), skip], 1)
        for rise in self.rises:
            x = rise(F.interpolate(x, scale_factor=2, mode="nearest"))
        return as_image(self.paint(x))

    def _by_stage(self, merged: Merged) -> list[list[Tensor]]:
        return [[m for m, k in zip(merged.pyramid, self.stages, strict=True) if k == at] for at in range(len(self.downs) + 1)]


def _width(width: int, stride: float) -> int:
    return int(min(max(width * stride / 2, width), 8 * width))


def _resized(x: Tensor, like: Tensor) -> Tensor:
    return x if x.shape[-2:] == like.shape[-2:] else F.interpolate(x, like.shape[-2:], mode="nearest")


class Show(Generator):
    """The photo of the merged style as the image, or else its first three channels: the generator of `copy`."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        spec = context.upstream
        if spec.strides[0] != 1 or spec.channels[0] < 3:
            raise ZooError(
                f"base.show needs an image in the merged style, not {spec.channels[0]} channels at 1/{spec.strides[0]}",
                where="generator base.show",
                fix="--set style=base.pixels or --set generator=base.unet",
                exit_code=2,
            )
        self.photo = spec.photo or PhotoChannels(0, 3)

    def forward(self, merged: Merged, target: Person) -> Tensor:
        start, lowest = self.photo.start, self.photo.lowest
        image = merged.pyramid[0][:, start : start + 3]
        if lowest > -1:
            image = (2 * image - 1 - lowest) / (1 - lowest)
        return image.clamp(-1, 1)  # an operator that computes instead of moving may leave the range


class MeanImage(Generator):
    """One learned image for everybody; trained with `base.l2` it is the mean of the training set."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.image = nn.Parameter(torch.zeros(3, *context.size))

    def forward(self, merged: Merged, target: Person) -> Tensor:
        return self.image.expand(len(target), -1, -1, -1)


class Recoded(Generator):
    """The target's own image, through the track's codec and back: the floor of what paints in its latents. For oracles."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.codec = context.image_codec

    def forward(self, merged: Merged, target: Person) -> Tensor:
        if target.image is None:
            raise ZooError("there is no image of the target to encode", where="generator base.recoded",
                           fix="--set oracle=true, and a track whose targets are photos", exit_code=2)  # fmt: skip
        return self.codec.decode(self.codec.encode(target.image))
