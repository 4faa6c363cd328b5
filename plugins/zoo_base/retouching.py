"""What was painted and the photo that goes along, retouched together at full size (ours)."""

from itertools import pairwise
from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context, Generator, Inner
from zoo.ops.warp import wide
from zoo.types import Merged, Person
from zoo_base.networks import ConvBlock, ResBlock, as_image, kaiming_init
from zoo_base.painting import photo_reading

PHOTO_FIRST = 3.0  # logit of the photo's share at first: training starts from the photo as it is


class Retouched(Generator):
    """A pixel is a share of what `inner` paints, of the photo beside it, and of a small U-Net's retouching of both.

    The U-Net sees both pictures and the target's pose at full size: where a figure was cut apart to be moved it mends the
    seams, where nothing arrived it takes what is painted.
    """

    def __init__(
        self,
        context: Context,
        inner: Inner[Generator],
        *,
        width: Annotated[int, Option("channels at full size; twice as many at each halving", "ours")] = 20,
        depth: Annotated[int, Option("how many halvings", "ours")] = 3,
        blocks: Annotated[int, Option("residual blocks at the bottom", "ours")] = 2,
    ) -> None:
        super().__init__()
        self.inner, self.stride = inner(context), context.upstream.strides[0]
        self.reading = photo_reading(context.upstream, 1.0)
        widths = [width << i for i in range(depth + 1)]
        self.enter = ConvBlock(6 + context.pose_channels, width, 3, norm="none", slope=0.2)
        self.down = nn.ModuleList(ConvBlock(a, b, 4, 2, "none", slope=0.2) for a, b in pairwise(widths))
        self.bottom = nn.Sequential(*(ResBlock(widths[-1], "none") for _ in range(blocks)))
        self.up = nn.ModuleList(ConvBlock(b + a, a, 3, norm="none", slope=0.2) for a, b in reversed([*pairwise(widths)]))
        self.colours, self.shares = (nn.Conv2d(width, 3, 3, padding=1) for _ in range(2))
        for own in (self.enter, self.down, self.bottom, self.up):
            kaiming_init(own)
        nn.init.normal_(self.colours.weight, 0.0, 0.02)
        nn.init.zeros_(self.shares.weight)
        with torch.no_grad():
            self.shares.bias.copy_(torch.tensor([0.0, 0.0, PHOTO_FIRST]))  # type: ignore[union-attr]

    def forward(self, merged: Merged, target: Person) -> Tensor:
        painted, photo = self.inner(merged, target), self._photo(merged, target)
        if target.pose is None:
            raise ZooError("the target has no pose drawn", where="wrapper base.retouched", fix="draw it: Person(pose=...)")
        y = self.enter(torch.cat([painted, photo, target.pose], 1))
        skips = []
        for down in self.down:
            skips.append(y)
            y = down(y)
        y = self.bottom(y)
        for up, skip in zip(self.up, reversed(skips), strict=True):
            y = up(torch.cat([F.interpolate(y, skip.shape[2:], mode="nearest"), skip], 1))
        pictures = torch.stack([as_image(self.colours(y)), painted, photo], 1)
        return (wide(self.shares(y)).softmax(1)[:, :, None] * pictures).sum(1)

    def _photo(self, merged: Merged, target: Person) -> Tensor:
        """The photo as it arrived: a linear reading of the finest level, at first the photo itself."""
        read = F.pixel_shuffle(self.reading(merged.pyramid[0]), self.stride)
        if read.shape[2:] != target.size:
            read = F.interpolate(read, target.size, mode="bilinear", align_corners=False)
        return read.clamp(-1, 1)
