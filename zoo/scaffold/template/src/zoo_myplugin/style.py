"""A style encoder: reads the source photo. `zoo.interfaces.StyleEncoder` is the contract."""

from typing import Annotated

from torch import nn

from zoo.hookspecs import Option
from zoo.interfaces import Context, StyleEncoder
from zoo.ops.regions import region_codes
from zoo.types import FeatureSpec, Person, Style


class Cells(StyleEncoder):
    """Two linear layers read each cell of `stride` x `stride` pixels; nothing is normalised, which would erase colours."""

    # Keyword-only arguments are the options that recipes set and `zoo show` prints: what each means, and who asks for it.
    def __init__(
        self,
        context: Context,
        *,
        channels: Annotated[int, Option("numbers that describe a cell", "ours")] = 64,
        stride: Annotated[int, Option("side of a cell, in pixels", "ours")] = 4,
    ) -> None:
        super().__init__()
        # What the merging operator will be built from: one stride and one width per level, and those of the codes.
        self.spec = FeatureSpec(strides=(stride,), channels=(channels,), regions=len(context.regions), code_width=channels)
        self.read = nn.Sequential(nn.Conv2d(3, channels, stride, stride), nn.LeakyReLU(0.2), nn.Conv2d(channels, channels, 1))

    def forward(self, source: Person) -> Style:
        """A pyramid of maps (B,C,H/s,W/s) and a code (B,R,C) per region: the mean over it, or over all without a parsing."""
        level = self.read(source.image)
        return Style(pyramid=(level,), codes=region_codes(level, source.parsing, self.spec.regions), parsing=source.parsing)
