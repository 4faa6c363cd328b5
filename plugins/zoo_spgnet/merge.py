"""Feature deformation: the source's appearance warped by a flow and gated by visibility (SPGNet eq. 5, tab. 7; Intr-Flow)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context
from zoo.ops.warp import resize_flow, warp
from zoo.types import Merged, Person, Style
from zoo_base.flownet import halvings
from zoo_base.networks import Norm, kaiming_init
from zoo_base.skeletons import FlowStart, LearnsFlow
from zoo_spgnet.blocks import ResidualBlock
from zoo_spgnet.flow import BACKGROUND, HIDDEN, VISIBLE, MotionFields, MotionNet, at_full_size, unit
from zoo_spgnet.poses import pose_channels, pose_maps

GateMode = Literal["none", "hard", "soft", "residual", "res_no_vis"]


class FlowWarp(LearnsFlow):
    """One flow warps every level down to a grid `smallest` rows high; coarser levels stay, but the finest is always moved.

    A flow net reads both poses. It learns from losses on `fields`, in a phase of its own as a rule, after which the paper
    freezes it (`freeze = ["merge.flow"]`); elsewhere the losses on the image bend the flow, though not what is called visible.
    Its flow is 0 where it sees no person. With `flow` "none" nothing is moved.

    `mode` is what follows the warp, with weights of its own for each level and each of the `maps` that make up a level
    (SPGNet's levels hold two): "none"; "hard", 0 in the background; "soft", gated by a sigmoid; "residual", the paper's block
    that sees the visible and the hidden part apart; "res_no_vis", a residual block blind to visibility.
    """

    def __init__(
        self,
        context: Context,
        *,
        flow: Annotated[Literal["net", "none"], Option("a flow net, or nothing is moved", "ours")] = "net",
        mode: Annotated[GateMode, Option('what follows the warp; "residual" is the paper\'s block', "ablation")] = "residual",
        maps: Annotated[int, Option("maps that make up a level, each with weights of its own", "paper")] = 1,
        smallest: Annotated[int, Option("rows of the coarsest grid that is still warped", "paper")] = 16,
        flow_width: Annotated[int, Option("channels of the flow net's first level", "paper")] = 32,
        flow_cap: Annotated[int, Option("most channels of the flow net", "paper")] = 128,
        flow_scales: Annotated[int, Option("halvings inside the flow net", "paper")] = 5,
        norm: Annotated[Norm, Option("normalisation of the convolutions", "paper")] = "batch",
        limbs: Annotated[bool, Option("read all pose maps, not only those of the 18 joints", "paper")] = False,
    ) -> None:
        super().__init__()
        self.learns = flow == "net"
        self.spec = replace(context.upstream, photo=None) if self.learns else context.upstream
        self.unit = unit(context.size[0])
        self.poses = pose_channels(context.pose_channels, limbs)
        self.flow, self.deform = None, nn.ModuleList()
        if flow == "net":
            height, width = context.size
            scales = halvings((height // 2, width // 2), flow_scales)
            self.flow = MotionNet(2 * self.poses, width=flow_width, cap=flow_cap, scales=scales, norm=norm)
            moved = max(sum(height // stride >= smallest for stride in self.spec.strides), 1)
            self.deform.extend(Deformation(c, maps, mode, norm) for c in self.spec.channels[:moved])

    def forward(self, style: Style, source: Person, target: Person, start: FlowStart | None = None) -> Merged:
        if self.flow is None:
            return Merged(pyramid=style.pyramid, codes=style.codes)
        fields = self._look(source, target, start)
        pyramid = self.deformed(style.pyramid, fields.flow[0][:, 0], fields.logits.argmax(1, keepdim=True))
        return Merged(pyramid=pyramid, codes=style.codes, fields=fields)

    def deformed(self, pyramid: Sequence[Tensor], flow: Tensor, state: Tensor) -> tuple[Tensor, ...]:
        """The pyramid moved by `flow` (B,2,H,W) image pixels, gated by `state` (B,1,H,W): VISIBLE, HIDDEN or BACKGROUND."""
        moved = [deform(features, flow, state.float()) for deform, features in zip(self.deform, pyramid, strict=False)]
        return (*moved, *pyramid[len(moved) :])

    def _look(self, source: Person, target: Person, start: FlowStart | None) -> MotionFields:
        """The flow net's belief; flows in pixels of the image."""
        assert self.flow is not None
        estimates, logits = self.flow(torch.cat([pose_maps(person, self.poses) for person in (source, target)], 1))
        logits = at_full_size(logits, target.size)
        if start is not None:
            begun, height = start(source, target) / self.unit, target.size[0] / self.unit
            estimates = tuple(start.held(e, height) + F.adaptive_avg_pool2d(begun, e.shape[2:]) for e in estimates)
        flow = self.unit * at_full_size(estimates[0], target.size) * (logits.argmax(1, keepdim=True) < BACKGROUND)
        shown = logits.softmax(1)[:, None, VISIBLE : VISIBLE + 1]
        return MotionFields(flow=(flow[:, None],), visibility=(shown,), estimates=estimates, logits=logits)


class Deformation(nn.Module):
    """One level warped, then gated: (B,C,h,w), flow (B,2,H,W), state (B,1,H,W) -> (B,C,h,w); states as in `flow`."""

    def __init__(self, channels: int, maps: int, mode: GateMode, norm: Norm) -> None:
        super().__init__()
        if channels % maps:
            raise ZooError(f"{channels} channels are not {maps} maps", where="merge spgnet.warp", fix="--set merge.maps=1",
                           exit_code=2)  # fmt: skip
        self.mode, c = mode, channels // maps
        self.gates = nn.ModuleList(_gate(mode, c, norm) for _ in range(maps))
        kaiming_init(self, 0.0)

    def forward(self, features: Tensor, flow: Tensor, state: Tensor) -> Tensor:
        size = (features.shape[2], features.shape[3])
        warped = warp(features, resize_flow(flow, size))
        state = -F.adaptive_max_pool2d(-state, size)  # the most visible wins
        if self.mode == "none":
            return warped
        if self.mode == "hard":
            return warped * (state < BACKGROUND)
        parts = zip(self.gates, warped.chunk(len(self.gates), 1), strict=True)
        return torch.cat([self._gated(gate, x, state) for gate, x in parts], 1)

    def _gated(self, gate: nn.Module, x: Tensor, state: Tensor) -> Tensor:
        if self.mode == "res_no_vis":
            return gate(x)
        apart = torch.cat([x * (state == VISIBLE), x * (state == HIDDEN)], 1)
        return gate(x, apart) if self.mode == "residual" else x * gate(apart)


def _gate(mode: GateMode, channels: int, norm: Norm) -> nn.Module:
    if mode == "residual":
        return ResidualBlock(channels, 2 * channels, norm)
    if mode == "res_no_vis":
        return ResidualBlock(channels, norm=norm)
    if mode == "soft":
        return nn.Sequential(nn.ReLU(), nn.Conv2d(2 * channels, channels, 1), nn.Sigmoid())
    return nn.Identity()
