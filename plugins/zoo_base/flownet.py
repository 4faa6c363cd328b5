"""The flow net of Global-Flow-Local-Attention (Ren et al. 2020) and its residual blocks, which later flow methods build on."""

import itertools
from typing import Annotated, Literal

import torch
from torch import Tensor, nn

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo_base.networks import Norm, normalisation, orthogonal_init, stages

SLOPE = 0.1  # of every leaky ReLU
SMALLEST = 2  # pixels a side: instance norm needs more than one value

Jump = Literal["plain", "activated"]
JumpOption = Annotated[
    Jump,
    Option("how the flow net joins its ways: by a convolution, or by GFLA's, activated and reflected", "paper"),
]


class EncoderBlock(nn.Sequential):
    """norm, act, conv4 of stride 2, norm, act, conv3: (B,C,H,W) -> (B,C',H/2,W/2).

    `raw` reads the input as it is: without norms, a first activation would only flatten what is dark in an image.
    """

    def __init__(self, inputs: int, outputs: int, *, norm: Norm = "instance", raw: bool = False) -> None:
        super().__init__(
            *([] if raw else _activated(inputs, norm)),
            nn.Conv2d(inputs, outputs, 4, stride=2, padding=1),
            *_activated(outputs, norm),
            nn.Conv2d(outputs, outputs, 3, padding=1),
        )


class ResBlockDecoder(nn.Module):
    """norm, act, conv3, norm, act, transposed conv3 of stride 2, plus a transposed conv3 of the input, all twice as large."""

    def __init__(self, inputs: int, outputs: int, *, norm: Norm = "instance") -> None:
        super().__init__()
        narrow = min(inputs, outputs)
        self.body = nn.Sequential(
            *_activated(inputs, norm),
            nn.Conv2d(inputs, narrow, 3, padding=1),
            *_activated(narrow, norm),
            _double(narrow, outputs),
        )
        self.shortcut = _double(inputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.body(x) + self.shortcut(x)


def _activated(channels: int, norm: Norm) -> list[nn.Module]:
    return [normalisation(norm, channels, affine=True), nn.LeakyReLU(SLOPE)]


def _double(inputs: int, outputs: int) -> nn.Module:
    return nn.ConvTranspose2d(inputs, outputs, 3, stride=2, padding=1, output_padding=1)


def _jump(kind: Jump, inputs: int, outputs: int) -> nn.Module:
    """conv3, or GFLA's: act, then a conv3 that reflects at the border."""
    if kind == "plain":
        return nn.Conv2d(inputs, outputs, 3, padding=1)
    return nn.Sequential(nn.LeakyReLU(SLOPE), nn.Conv2d(inputs, outputs, 3, padding=1, padding_mode="reflect"))


def halvings(size: tuple[int, int], most: int = 5) -> int:
    """How often an image of `size` (H,W) halves exactly with 2 pixels a side left, at most `most` times: `FlowNet.scales`."""
    return max(n for n in range(most + 1) if n == 0 or all(side % 2**n == 0 and side >> n >= SMALLEST for side in size))


class FlowNet(nn.Module):
    """(B,inputs,H,W) -> one flow (B,2,h,w) in pixels and one visibility (B,1,h,w) in (0,1) for each of `strides`.

    An hourglass of `scales` halvings, widths from `width` doubling up to `cap`, whose way up adds a convolution of the way
    down at every size: a plain one, or with `jump` "activated" GFLA's. Flows start at zero and visibilities at 0.5: training
    starts from the source as it stands, undecided.
    The image must halve exactly `scales` times: see `halvings`. ZooError for a stride that is no power of two, or deeper.
    """

    def __init__(
        self,
        inputs: int,
        *,
        width: int = 32,
        cap: int = 256,
        scales: int = 5,
        strides: tuple[int, ...] = (4,),
        norm: Norm = "instance",
        jump: Jump = "plain",
    ) -> None:
        super().__init__()
        self.levels = [stages(stride) for stride in strides]
        if not strides or max(self.levels) > scales:
            raise ZooError(f"a flow net of {scales} halvings gives no flow at strides {strides}", where="zoo_base.flownet",
                           fix=f"strides up to {2**scales}, or more scales")  # fmt: skip
        finest = min(self.levels)
        down = [inputs, *(min(width << i, cap) for i in range(scales))]  # channels at strides 1, 2, 4 ...
        up = [width, *down[1:]]
        self.down = nn.ModuleList(EncoderBlock(a, b, norm=norm) for a, b in itertools.pairwise(down))
        ways_up = range(scales - 1, finest - 1, -1)
        self.up = nn.ModuleList(ResBlockDecoder(up[i + 1], up[i], norm=norm) for i in ways_up)
        self.jump = nn.ModuleList(_jump(jump, down[i], up[i]) for i in ways_up)
        deepest = {scales: down[scales]}  # without a way up, the way down is what the heads read
        widths = [({i: up[i] for i in ways_up} | deepest)[level] for level in self.levels]
        self.flow = nn.ModuleList(nn.Conv2d(w, 2, 3, padding=1) for w in widths)
        self.visibility = nn.ModuleList(nn.Conv2d(w, 1, 3, padding=1) for w in widths)
        orthogonal_init(self, SLOPE)
        for parameter in (*self.flow.parameters(), *self.visibility.parameters()):
            nn.init.zeros_(parameter)

    def forward(self, x: Tensor) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
        passed = [x]
        for down in self.down:
            passed.append(down(passed[-1]))
        y = passed.pop()
        maps = {len(passed): y}
        for up, jump in zip(self.up, self.jump, strict=True):
            y = up(y) + jump(passed.pop())
            maps[len(passed)] = y
        levels = [maps[level].to(torch.promote_types(y.dtype, torch.float32)) for level in self.levels]
        with torch.autocast(x.device.type, enabled=False):  # half precision cannot tell pixel 64 from 64.2
            flows = tuple(head(m) for head, m in zip(self.flow, levels, strict=True))
            return flows, tuple(head(m).sigmoid() for head, m in zip(self.visibility, levels, strict=True))
