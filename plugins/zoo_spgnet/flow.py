"""Flow and visibility between two poses: Intr-Flow's regression net (Li et al. 2019), and what it believes."""

from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from zoo.types import Fields
from zoo_base.networks import Norm, kaiming_init
from zoo_spgnet.blocks import ResidualBlock, TwinEncoder, activated, entry, growth, widths

VISIBLE, HIDDEN, BACKGROUND = range(3)  # of a target pixel: its surface shows in the source, does not, there is none


class MotionNet(nn.Module):
    """Pose maps (B,K,H,W) of both people -> flows (B,2,H/2^(s+1),...), finest first, and visibility logits (B,3,H/2,W/2).

    A U-Net of residual blocks from half size down `scales` times. Flows are in units the caller chooses, and start at zero,
    where all is visible. The heads are fp32 under any autocast: half precision cannot tell pixel 64 from 64.2.
    """

    def __init__(self, inputs: int, *, width: int = 32, cap: int = 128, scales: int = 5, norm: Norm = "batch") -> None:
        super().__init__()
        first, *channels = widths(width, cap, scales + 1)
        self.enter = nn.Sequential(
            entry(inputs, first, norm), ResidualBlock(first, norm=norm), *activated(first, channels[0], norm, stride=2)
        )
        self.encoder = TwinEncoder(channels, norm)
        self.grow = nn.ModuleList(growth(b, a, norm) for a, b in pairwise(channels))
        self.blocks = nn.ModuleList(nn.ModuleList(ResidualBlock(c, c, norm) for _ in range(2)) for c in channels[:-1])
        self.flow = nn.ModuleList(_head(c, 2) for c in channels[:-1])
        self.visibility = _head(channels[0], 3)
        kaiming_init(self, 0.0)
        for head in [*self.flow.parameters(), *self.visibility.parameters()]:
            nn.init.zeros_(head)  # no motion, and of three equal logits argmax takes the first: visible

    def forward(self, poses: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
        skips, x = self.encoder(self.enter(poses.contiguous(memory_format=torch.channels_last)))
        flows: list[Tensor] = []
        for grow, blocks, head, pair in zip(*(reversed(s) for s in (self.grow, self.blocks, self.flow, skips)), strict=True):
            x = grow(x)
            for block, skip in zip(blocks, reversed(pair), strict=True):
                x = block(x, skip)
            flows.append(_precise(head, x))
        return tuple(reversed(flows)), _precise(self.visibility, x)


def _head(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.ReLU(), nn.Conv2d(inputs, outputs, 3, padding=1))


def _precise(head: nn.Module, x: Tensor) -> Tensor:
    with torch.autocast(x.device.type, enabled=False):
        return cast(Tensor, head(x.to(torch.promote_types(x.dtype, torch.float32))))


@dataclass(frozen=True, kw_only=True)
class MotionFields(Fields):
    """The fields of spgnet.warp, with what its flow net said before it was gated: what supervises it."""

    estimates: tuple[Tensor, ...] = ()  # s: (B,2,H/2^(s+1),W/2^(s+1)) in units of `unit(H)` image pixels
    logits: Tensor  # (B,3,H,W): visible, hidden, background


def unit(height: int) -> float:
    """Image pixels in one unit of the flow net's output: 20 at 256 px (Intr-Flow)."""
    return 20 * height / 256


def at_full_size(x: Tensor, size: tuple[int, int]) -> Tensor:
    """A head's map (B,C,h,w) at full size, in fp32; the values stay."""
    return F.interpolate(x.float(), size, mode="bilinear", align_corners=False)
