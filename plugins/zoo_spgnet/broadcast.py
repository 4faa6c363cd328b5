"""The plain SEAN generator (Zhu et al. 2020), an ablation: styles broadcast onto the target's regions, nothing of the pose."""

from collections.abc import Callable
from itertools import pairwise
from typing import Annotated, Literal

import torch.nn.functional as F
from torch import Tensor, nn

from zoo.hookspecs import Option
from zoo.interfaces import Context, Generator
from zoo.ops.regions import resize_parsing
from zoo.types import Merged, Person
from zoo_base.flownet import halvings
from zoo_base.networks import as_image, kaiming_init
from zoo_spgnet.generator import target_parsing
from zoo_spgnet.layout import Layout
from zoo_spgnet.sean import SEAN

SLOPE = 0.2
WIDTHS = (16, 16, 16, 16, 8, 4, 2, 1)  # between the residual blocks, times `width`
DOUBLED_AFTER = (0, 2, 3, 4, 5)  # blocks; the last ones where the image is small


class SEANGenerator(Generator):
    """From the target's parsing at 8 pixels a side up to full size, by seven SEAN residual blocks of 16 `width` to `width`.

    Reads codes and parsing alone. `kernel` and `hidden` are those of SEAN.
    """

    def __init__(
        self,
        context: Context,
        *,
        width: Annotated[int, Option("channels at full size; 16 times as many at the start", "paper")] = 64,
        kernel: Annotated[Literal[1, 3, 5, 7], Option("side of SEAN's convolutions", "paper")] = 3,
        hidden: Annotated[int, Option("channels between the regions and their scales and shifts", "paper")] = 128,
    ) -> None:
        super().__init__()
        upstream = context.upstream
        doublings = halvings((context.size[0] // 4, context.size[1] // 4), len(DOUBLED_AFTER))  # halvings stop at 2
        self.doubled_after = DOUBLED_AFTER[len(DOUBLED_AFTER) - doublings :]
        self.start = (context.size[0] >> doublings, context.size[1] >> doublings)

        def sean(channels: int) -> SEAN:
            return SEAN(channels, upstream.regions, upstream.code_width, kernel=kernel, hidden=hidden)

        self.enter = nn.Conv2d(upstream.regions, WIDTHS[0] * width, 3, padding=1)
        self.blocks = nn.ModuleList(SEANBlock(a * width, b * width, sean) for a, b in pairwise(WIDTHS))
        self.paint = nn.Conv2d(width, 3, 3, padding=1)
        kaiming_init(self, SLOPE)

    def forward(self, merged: Merged, target: Person) -> Tensor:
        layout = Layout(target_parsing(target), merged.codes)
        x = self.enter(resize_parsing(layout.parsing, self.start))
        for i, block in enumerate(self.blocks):
            x = block(x, layout)
            if i in self.doubled_after:
                x = F.interpolate(x, scale_factor=2.0, mode="nearest")
        return as_image(self.paint(F.leaky_relu(x, SLOPE)))


class SEANBlock(nn.Module):
    """shortcut(x) + conv3(act(N(conv3(act(N(x)))))), each N a SEAN; the shortcut is conv1(N(x)) where the widths differ."""

    def __init__(self, inputs: int, outputs: int, sean: Callable[[int], SEAN]) -> None:
        super().__init__()
        middle = min(inputs, outputs)
        self.norms = nn.ModuleList([sean(inputs), sean(middle)])
        self.convolutions = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1) for a, b in ((inputs, middle), (middle, outputs)))
        self.side_norm = sean(inputs) if inputs != outputs else None
        self.side = nn.Conv2d(inputs, outputs, 1, bias=False) if inputs != outputs else nn.Identity()

    def forward(self, x: Tensor, layout: Layout) -> Tensor:
        y = x
        for norm, convolution in zip(self.norms, self.convolutions, strict=True):
            y = convolution(F.leaky_relu(norm(y, layout), SLOPE))
        return y + self.side(x if self.side_norm is None else self.side_norm(x, layout))
