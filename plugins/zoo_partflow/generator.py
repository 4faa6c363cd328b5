"""The decoder: residual deconvolutions on the merged features alone (eq. 8)."""

import itertools
from typing import Annotated

import torch
from torch import Tensor, nn

from zoo.hookspecs import Option
from zoo.interfaces import Context
from zoo.types import Merged, Person
from zoo_base.flownet import SLOPE, ResBlockDecoder
from zoo_base.networks import Norm, ResBlock, orthogonal_init, stages
from zoo_base.painting import Painter

PALE = 0.1  # of the usual size the last convolution starts at, so that tanh does not saturate on what residuals add up to


class PartDecoder(Painter):
    """From the coarsest level of the pyramid up to the image: a residual block, then one residual deconvolution per doubling.

    Finer levels are added where their stride is reached. `width` channels at the coarsest level, half as many per doubling,
    at least 4.
    """

    def __init__(
        self,
        context: Context,
        *,
        width: Annotated[int, Option("channels at the coarsest level", "paper")] = 256,
        norm: Annotated[Norm, Option("normalisation of the convolutions", "paper")] = "instance",
    ) -> None:
        super().__init__()
        spec = context.upstream
        depth = stages(spec.strides[-1])
        widths = [max(width >> i, 4) for i in range(depth + 1)]  # at strides 2^depth ... 1
        joining = dict(zip(map(stages, spec.strides), spec.channels, strict=True))
        self.enter = nn.ModuleDict(
            {
                str(k): nn.Identity() if c == widths[depth - k] else nn.Conv2d(c, widths[depth - k], 1)
                for k, c in joining.items()
            }
        )
        self.block = ResBlock(widths[0], norm)
        self.up = nn.ModuleList(ResBlockDecoder(a, b, norm=norm) for a, b in itertools.pairwise(widths))
        last = nn.Conv2d(widths[-1], 3, 3, padding=1, padding_mode="reflect")
        self.width = widths[-1]
        self.paint = nn.Sequential(nn.LeakyReLU(SLOPE), last)
        orthogonal_init(self, SLOPE)
        with torch.no_grad():
            last.weight.mul_(PALE)

    def features(self, merged: Merged, target: Person) -> Tensor:
        arriving = {int(k): enter(m) for (k, enter), m in zip(self.enter.items(), merged.pyramid, strict=True)}
        y = self.block(arriving.pop(len(self.up)))
        for level, up in zip(range(len(self.up) - 1, -1, -1), self.up, strict=True):
            y = up(y)
            if level in arriving:
                y = y + arriving[level]
        return y
