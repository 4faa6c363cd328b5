"""A generator: paints the image. `zoo.interfaces.Generator` is the contract."""

from typing import Annotated

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from zoo.hookspecs import Option
from zoo.interfaces import Context, Generator
from zoo.types import Merged, Person


class Plain(Generator):
    """Every level of the merged style at full size, the target's pose beside them, and two convolutions."""

    # Keyword-only arguments are the options that recipes set and `zoo show` prints: what each means, and who asks for it.
    def __init__(self, context: Context, *, width: Annotated[int, Option("channels at full size", "ours")] = 32) -> None:
        super().__init__()
        # The merging operator's spec: any number of levels, of any stride.
        self.levels = nn.ModuleList(nn.Conv2d(channels, width, 1) for channels in context.upstream.channels)
        self.pose = nn.Conv2d(context.pose_channels, width, 3, padding=1)
        self.paint = nn.Sequential(
            nn.LeakyReLU(0.2), nn.Conv2d(width, width, 3, padding=1), nn.LeakyReLU(0.2), nn.Conv2d(width, 3, 3, padding=1)
        )

    def forward(self, merged: Merged, target: Person) -> Tensor:
        """(B,3,H,W) in [-1,1], of `merged.pyramid` (and `.codes`) in the target's geometry; `merged.fields` is not for it."""
        x = self.pose(target.pose)
        for read, level in zip(self.levels, merged.pyramid, strict=True):
            x = x + F.interpolate(read(level), target.size, mode="bilinear", align_corners=False)
        return torch.tanh(self.paint(x))
