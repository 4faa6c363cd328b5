"""Pose-attentional transfer: the style moved step by step by local convolutions that the poses gate (PATN, CVPR 2019)."""

from functools import partial
from typing import Annotated, cast

import torch
from torch import Tensor, nn

from zoo.hookspecs import Option
from zoo.interfaces import Context, MergingOperator
from zoo.types import Merged, Person, Style
from zoo_base.merges import finest_levels, pose_encoders
from zoo_base.networks import ConvBlock, Norm, Padding, gaussian_init, normalisation

PaddingOption = Annotated[Padding, Option("what the blocks read beyond the border; PATN reflects", "paper")]


class PATN(MergingOperator):
    """A chain of `blocks` pose-attentional blocks at each of the `levels` finest levels; reads the poses of both people.

    A block moves content by two 3x3 convolutions, so `blocks` of them reach 2 `blocks` pixels of the level and no further.
    """

    def __init__(
        self,
        context: Context,
        *,
        levels: Annotated[int, Option("how many of the finest levels are merged", "ours")] = 1,
        blocks: Annotated[int, Option("pose-attentional blocks in a chain", "paper")] = 9,
        width: Annotated[int, Option("channels of the pose encoder's first convolution", "ours")] = 32,
        dropout: Annotated[float, Option("share of features dropped inside a block", "paper")] = 0.5,
        norm: Annotated[Norm, Option("normalisation of the convolutions", "paper")] = "instance",
        padding: PaddingOption = "zeros",
    ) -> None:
        super().__init__()
        self.spec = finest_levels(context.upstream, levels, "base.patn")
        self.poses = pose_encoders(self.spec, 2 * context.pose_channels, width)
        self.levels = nn.ModuleList(
            nn.ModuleList(PoseAttention(c, (1 + (i > 0)) * c, norm, dropout, padding) for i in range(blocks))
            for c in self.spec.channels
        )
        gaussian_init(self.levels)

    def forward(self, style: Style, source: Person, target: Person) -> Merged:
        poses = torch.cat([cast(Tensor, source.pose), cast(Tensor, target.pose)], 1)
        pyramid = []
        for features, encoder, blocks in zip(style.pyramid, self.poses, self.levels, strict=False):
            pose = encoder(poses)
            for block in cast(nn.ModuleList, blocks):
                features, pose = block(features, pose)
            pyramid.append(features)
        return Merged(pyramid=tuple(pyramid), codes=style.codes)


class PoseAttention(nn.Module):
    """q = convP(pose), style <- style + sigmoid(q) convI(style), pose <- cat(q, style).

    (B,C,h,w) and (B,C or 2C,h,w) -> (B,C,h,w) and (B,2C,h,w). As in PATN, convP lacks the last norm.
    """

    def __init__(self, channels: int, pose_channels: int, norm: Norm, dropout: float, padding: Padding = "zeros") -> None:
        super().__init__()
        convolve = partial(_two_convolutions, outputs=channels, norm=norm, dropout=dropout, padding=padding)
        self.image = nn.Sequential(convolve(channels), normalisation(norm, channels))
        self.pose = convolve(pose_channels)

    def forward(self, style: Tensor, pose: Tensor) -> tuple[Tensor, Tensor]:
        q = self.pose(pose)
        style = style + torch.sigmoid(q) * self.image(style)
        return style, torch.cat([q, style], 1)


def _two_convolutions(inputs: int, outputs: int, norm: Norm, dropout: float, padding: Padding) -> nn.Sequential:
    return nn.Sequential(
        ConvBlock(inputs, inputs, norm=norm, padding=padding),
        nn.Dropout(dropout),
        nn.Conv2d(inputs, outputs, 3, padding=1, padding_mode=padding),
    )
