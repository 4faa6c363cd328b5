"""Global flow, local attention: a flow says where to look, attention picks from the patch around it (GFLA, CVPR 2020)."""

from typing import Annotated, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from zoo.hookspecs import Option
from zoo.interfaces import Context
from zoo.ops.patches import attend_patches
from zoo.ops.warp import pixel_grid, sample, warp, wide
from zoo.types import Fields, Merged, Person, Style
from zoo_base.flownet import FlowNet, JumpOption, halvings
from zoo_base.merges import finest_levels, pose_encoders
from zoo_base.networks import gaussian_init, stages
from zoo_base.skeletons import FlowStart, LearnsFlow
from zoo_base.styles import source_image


class GFLA(LearnsFlow):
    """F = m A + (1 - m) Fp at each of the `levels` finest levels, A the style attended to around the flow, Fp pose features.

    One flow net sees the photo and both poses, and gives a flow and a mask m per level. `kernels` are the sides of the source
    patches, finest level first, the last one for the rest (GFLA: 5 at 1/4, 3 at 1/8); `hidden` the width of the attention's
    layer. `legacy` averages the weighted patch instead of summing it, A / k^2, as the original code does; with `flow_only` A
    is the bilinear warp (Intr-Flow without its gates). Trains with base.sampling_correctness; the mask through the image alone.
    """

    def __init__(
        self,
        context: Context,
        *,
        levels: Annotated[int, Option("how many of the finest levels are merged", "paper")] = 1,
        kernels: Annotated[tuple[int, ...], Option("sides of the windows attended to, finest level first", "paper")] = (5, 3),
        hidden: Annotated[int, Option("channels of the net that predicts the attention", "paper")] = 128,
        legacy: Annotated[
            bool, Option("average the weighted window instead of summing it, as the original code does", "paper")
        ] = False,
        flow_only: Annotated[bool, Option("warp by the flow alone, without local attention", "ablation")] = False,
        width: Annotated[int, Option("channels of the pose encoder's first convolution", "ours")] = 32,
        flow_width: Annotated[int, Option("channels of the flow net's first level", "paper")] = 32,
        flow_cap: Annotated[int, Option("most channels of the flow net", "paper")] = 256,
        jump: JumpOption = "plain",
    ) -> None:
        super().__init__()
        self.spec = finest_levels(context.upstream, levels, "base.gfla")
        strides, channels = self.spec.strides, self.spec.channels
        scales = max(halvings(context.size), *map(stages, strides))
        inputs = 3 + 2 * context.pose_channels
        self.flow_net = FlowNet(inputs, width=flow_width, cap=flow_cap, scales=scales, strides=strides, jump=jump)
        self.poses = pose_encoders(self.spec, context.pose_channels, width)
        sides = [kernels[min(level, len(kernels) - 1)] for level in range(levels)]
        self.attend = nn.ModuleList(
            Warp() if flow_only else LocalAttention(c, k, hidden, legacy) for c, k in zip(channels, sides, strict=True)
        )

    def forward(self, style: Style, source: Person, target: Person, start: FlowStart | None = None) -> Merged:
        seen = [source_image(source), cast(Tensor, source.pose), cast(Tensor, target.pose)]
        flows, masks = self.flow_net(torch.cat(seen, 1))
        if start is not None:
            flows = tuple(start(source, target, (f.shape[2], f.shape[3])) + start.held(f, f.shape[2]) for f in flows)
        pyramid = []
        for features, flow, mask, encoder, attend in zip(style.pyramid, flows, masks, self.poses, self.attend, strict=False):
            pose = encoder(target.pose)
            pyramid.append(mask * attend(features, pose, flow) + (1 - mask) * pose)
        fields = Fields(flow=tuple(f[:, None] for f in flows), visibility=tuple(m[:, None] for m in masks))
        return Merged(pyramid=tuple(pyramid), codes=style.codes, fields=fields)


class LocalAttention(nn.Module):
    """A = sum_o a_o style(p + flow(p) + o) over k x k offsets o, a a softmax of two layers on both patches, pose and style.

    The first layer, linear in the k^2 pixels of both patches, is a k x k convolution of each map, the style's read at the
    flow afterwards: equal, and no patch is written out.
    """

    def __init__(self, channels: int, kernel: int, hidden: int, legacy: bool = False) -> None:
        super().__init__()
        self.reach, self.share = kernel // 2, 1 / kernel**2 if legacy else 1.0
        self.of_pose = nn.Conv2d(channels, hidden, kernel)
        self.of_style = nn.Conv2d(channels, hidden, kernel, bias=False)
        self.choose = nn.Sequential(nn.LeakyReLU(0.1), nn.Conv2d(hidden, kernel**2, 1))
        gaussian_init(self)

    def forward(self, style: Tensor, pose: Tensor, flow: Tensor) -> Tensor:
        """(B,C,H,W), (B,C,h,w), (B,2,h,w) in pixels of the style -> (B,C,h,w)."""
        return self.share * attend_patches(style, flow, self.attention(style, pose, flow))

    def attention(self, style: Tensor, pose: Tensor, flow: Tensor) -> Tensor:
        """The weights a (B,k*k,h,w), which sum to one."""
        target = self.of_pose(_repeated(pose, self.reach))
        around = self.of_style(_repeated(style, 2 * self.reach))  # patches centred up to `reach` outside see only the edge
        place = pixel_grid((flow.shape[2], flow.shape[3]), flow) + wide(flow) + self.reach
        return cast(Tensor, self.choose(target + sample(around, place, "border"))).softmax(1)


class Warp(nn.Module):
    """The style at the flow, bilinear."""

    def forward(self, style: Tensor, pose: Tensor, flow: Tensor) -> Tensor:
        return warp(style, flow, "border")


def _repeated(x: Tensor, pixels: int) -> Tensor:
    return F.pad(x, (pixels,) * 4, mode="replicate")
