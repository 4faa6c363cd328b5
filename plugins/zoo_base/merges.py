"""Baseline merging operators: stay, concat, adain. None moves content; they are the floor that alignment is measured from."""

from dataclasses import replace
from typing import Annotated

import torch
from torch import Tensor, nn

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context, MergingOperator
from zoo.ops.normalise import instance_norm
from zoo.ops.regions import region_stats
from zoo.types import FeatureSpec, Merged, Person, Style
from zoo_base.networks import MLP, PoseEncoder, ResBlock, gaussian_init

Levels = Annotated[int | None, Option("how many of the finest levels are merged; None merges all", "ours")]
Width = Annotated[int, Option("channels of the pose encoder's first convolution", "ours")]


class Stay(MergingOperator):
    """Hands the style on where it is: the merging operator of `copy`."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.spec = context.upstream

    def forward(self, style: Style, source: Person, target: Person) -> Merged:
        return Merged(pyramid=style.pyramid, codes=style.codes)


class Concat(MergingOperator):
    """conv1(cat(style, pose)), then two residual blocks, at each of the `levels` finest levels, or at all (VU-Net, DPIG, PG2).

    With `vec` the style map is replaced by its mean over the image: a global style code.
    """

    def __init__(
        self,
        context: Context,
        *,
        levels: Levels = None,
        vec: Annotated[bool, Option("replace the style's map by its mean over the image", "ablation")] = False,
        width: Width = 32,
    ) -> None:
        super().__init__()
        self.spec = finest_levels(context.upstream, levels, "base.concat")
        self.vec = vec
        self.poses = pose_encoders(self.spec, context.pose_channels, width)
        self.fuse = nn.ModuleList(nn.Sequential(nn.Conv2d(2 * c, c, 1), ResBlock(c), ResBlock(c)) for c in self.spec.channels)
        gaussian_init(self.fuse)

    def forward(self, style: Style, source: Person, target: Person) -> Merged:
        levels = zip(style.pyramid, self.poses, self.fuse, strict=False)
        pyramid = tuple(fuse(torch.cat([self._spread(f), pose(target.pose)], 1)) for f, pose, fuse in levels)
        return Merged(pyramid=pyramid, codes=style.codes)

    def _spread(self, features: Tensor) -> Tensor:
        return features.mean((-2, -1), keepdim=True).expand_as(features) if self.vec else features


class AdaIN(MergingOperator):
    """Region statistics of the style modulate pose features (ADGAN, MUST-GAN; one benchmark version of both).

    At each of the `levels` finest levels, or at all: mean and variance of conv1(style) in each region -> MLP -> (gamma, beta)
    of the AdaIN residual blocks.
    """

    def __init__(
        self,
        context: Context,
        *,
        levels: Levels = None,
        blocks: Annotated[int, Option("residual blocks at each level", "paper")] = 4,
        hidden: Annotated[int, Option("width of the net that turns statistics into scales and shifts", "paper")] = 256,
        width: Width = 32,
    ) -> None:
        super().__init__()
        self.spec = finest_levels(context.upstream, levels, "base.adain")
        self.poses = pose_encoders(self.spec, context.pose_channels, width)
        self.levels = nn.ModuleList(RegionModulation(c, self.spec.regions, blocks, hidden) for c in self.spec.channels)

    def forward(self, style: Style, source: Person, target: Person) -> Merged:
        levels = zip(style.pyramid, self.poses, self.levels, strict=False)
        pyramid = tuple(level(pose(target.pose), f, style.parsing) for f, pose, level in levels)
        return Merged(pyramid=pyramid, codes=style.codes)


class RegionModulation(nn.Module):
    """Residual blocks on (B,C,h,w) whose instance norms take scale and shift from the region statistics of a style map."""

    def __init__(self, channels: int, regions: int, blocks: int, hidden: int) -> None:
        super().__init__()
        narrow = max(channels // 8, 4)
        self.reduce = nn.Conv2d(channels, narrow, 1)
        self.blocks = nn.ModuleList(AdaINBlock(channels) for _ in range(blocks))
        self.modulation = MLP(2 * regions * narrow, hidden, hidden, blocks * 4 * channels)

    def forward(self, x: Tensor, features: Tensor, parsing: Tensor | None) -> Tensor:
        if parsing is None:
            raise ZooError(
                "merge base.adain needs the source's parsing", where="zoo_base.merges", fix="--set merge=base.concat"
            )
        codes = torch.cat(region_stats(self.reduce(features), parsing), -1).flatten(1)
        parameters = self.modulation(codes).unflatten(1, (len(self.blocks), -1))
        for block, p in zip(self.blocks, parameters.unbind(1), strict=True):
            x = block(x, p)
        return x


class AdaINBlock(nn.Module):
    """x + adain(conv3(ReLU(adain(conv3(x))))); `parameters` (B,4C) are scale and shift of the two norms."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first, self.second = (nn.Conv2d(channels, channels, 3, padding=1) for _ in range(2))

    def forward(self, x: Tensor, parameters: Tensor) -> Tensor:
        scale1, shift1, scale2, shift2 = parameters[..., None, None].chunk(4, 1)
        return x + adain(self.second(torch.relu(adain(self.first(x), scale1, shift1))), scale2, shift2)


def adain(x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """(1 + scale) (x - mean) / sqrt(var + 1e-5) + shift, statistics per sample and channel (AdaIN; 1 + scale starts at 1)."""
    return (1 + scale) * instance_norm(x) + shift


def pose_encoders(spec: FeatureSpec, pose_channels: int, width: int) -> nn.ModuleList:
    """One pose encoder per level of `spec`, with its stride and channels."""
    shapes = zip(spec.strides, spec.channels, strict=True)
    return nn.ModuleList(PoseEncoder(pose_channels, channels, stride, width) for stride, channels in shapes)


def finest_levels(spec: FeatureSpec, levels: int | None, who: str) -> FeatureSpec:
    """`spec` cut to its `levels` finest levels, whole for None, for an operator that mixes channels: no photo stays one.

    ZooError when it has fewer.
    """
    if levels is None:
        return replace(spec, photo=None)
    if not 1 <= levels <= len(spec.strides):
        raise ZooError(f"merge {who} is asked for {levels} levels, the style encoder gives {len(spec.strides)}",
                       where=f"merge {who}", fix=f"--set merge.levels=1 ... {len(spec.strides)}", exit_code=2)  # fmt: skip
    return replace(spec, strides=spec.strides[:levels], channels=spec.channels[:levels], photo=None)
