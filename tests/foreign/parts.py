"""The parts of the foreign plugin."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from zoo.interfaces import Context, Generator, Inner, MergingOperator
from zoo.ops.warp import warp
from zoo.types import FeatureSpec, Fields, Merged, Person, Style


class Stir(MergingOperator):
    """conv1 of the coarsest level; exposes no motion."""

    def __init__(self, context: Context, *, channels: int = 6) -> None:
        super().__init__()
        upstream = context.upstream
        self.mix = nn.Conv2d(upstream.channels[-1], channels, 1)
        self.spec = FeatureSpec(upstream.strides[-1:], (channels,), upstream.regions, upstream.code_width)

    def forward(self, style: Style, source: Person, target: Person) -> Merged:
        return Merged(pyramid=(self.mix(style.pyramid[-1]),), codes=style.codes)


class Slide(MergingOperator):
    """Every level along one learned shift of the picture."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.spec = context.upstream
        self.shift = nn.Parameter(torch.tensor([0.3, -0.2]))

    def forward(self, style: Style, source: Person, target: Person) -> Merged:
        flows = [self.shift.view(1, 2, 1, 1).expand(len(m), 2, m.shape[2], m.shape[3]) for m in style.pyramid]
        pyramid = tuple(warp(m, flow, "border") for m, flow in zip(style.pyramid, flows, strict=True))
        return Merged(pyramid=pyramid, codes=style.codes, fields=Fields(flow=tuple(f[:, None] for f in flows)))


class Splash(Generator):
    """tanh of a convolution of the coarsest level."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.paint = nn.Conv2d(context.upstream.channels[-1], 3, 3, padding=1)

    def forward(self, merged: Merged, target: Person) -> Tensor:
        return torch.tanh(F.interpolate(self.paint(merged.pyramid[-1]), target.size).float())


class Dim(Generator):
    """Whatever is painted, `by` this factor."""

    def __init__(self, context: Context, inner: Inner[Generator], *, by: float = 0.5) -> None:
        super().__init__()
        self.inner, self.by = inner(context), by

    def forward(self, merged: Merged, target: Person) -> Tensor:
        return self.by * self.inner(merged, target)
