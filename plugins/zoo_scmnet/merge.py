"""Correlation Mining Module: the style rearranged by a dense correlation with the pose (SCM-Net sec. 3.3)."""

from typing import Annotated, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context
from zoo.ops.correlate import affordable, correlation, matrix, transported, warn_of_many
from zoo.ops.warp import pixel_grid
from zoo.types import Correlation, FeatureSpec, Fields, Merged, Person, Style
from zoo_base.networks import PoseEncoder
from zoo_base.places import Comparing
from zoo_scmnet.trunk import Reach


class CorrelationMerge(Comparing):
    """F_s*(j) = sum_i C_ij F_s(i), C_ij = softmax_i(cos(F_s(i) - mean, F_p(j) - mean) / temperature)   (eq. 1-3)

    One level of the style is moved; codes pass through. The paper's formula has temperature 1, at which any row is nearly
    flat (the ratio of two weights is at most e^2); 0.01 is CoCosNet's. `variant` keeps two mistaken readings as ablations:
    "literal" is eq. 3 with its indices as printed, "pise" normalises over the target (as PISE's code does); neither is a
    mean of the style, so neither gives `Fields.correlation`.
    """

    def __init__(
        self,
        context: Context,
        *,
        temperature: Annotated[float, Option("of the softmax over the source; 1 in the paper's formula", "paper")] = 0.01,
        center: Annotated[
            Literal["channel", "position", "none"], Option("what is subtracted before cosines are taken", "paper")
        ] = "channel",
        level: Annotated[
            int | None, Option("which level of the style is moved; if not said the finest of at most 64x64 cells", "ours")
        ] = None,
        width: Annotated[int, Option("channels of the pose encoder at full size", "paper")] = 64,
        res_blocks: Annotated[int, Option("residual blocks of the pose encoder", "paper")] = 2,
        reach: Annotated[int, Option("how many coarser grids a position of the pose looks at as well", "ours")] = 0,
        norm: Annotated[
            Literal["instance", "batch", "none"], Option("normalisation of the pose encoder", "paper")
        ] = "instance",
        match_kernel: Annotated[
            Literal[1, 3, 5], Option("side of the neighbourhoods that are compared (CoCosNet)", "ablation")
        ] = 1,
        coord: Annotated[bool, Option("coordinates are compared as well (CoCosNet)", "ablation")] = False,
        own_keys: Annotated[
            bool, Option("compares a linear reading of the style: what a place looks like need not tell what it is", "ours")
        ] = False,
        variant: Annotated[
            Literal["softmax_source", "literal", "pise"], Option("how eq. 1 and 3 are read", "ablation")
        ] = "softmax_source",
    ) -> None:
        super().__init__()
        upstream = context.upstream
        if level is None:  # where the photo goes along, it does in the finest
            level = 0 if upstream.photo else affordable(upstream.strides, context.size)
        stride, channels = upstream.strides[level], upstream.channels[level]
        warn_of_many("scmnet.correlation", context.size, stride, channels)
        self.spec = FeatureSpec(
            (stride,), (channels,), upstream.regions, upstream.code_width, upstream.groups,
            photo=upstream.photo if level == 0 and variant == "softmax_source" else None,
        )  # fmt: skip
        self.pose_encoder = nn.Sequential(
            PoseEncoder(context.pose_channels, channels, stride=stride, width=width, res_blocks=res_blocks, norm=norm),
            Reach(channels, 2 * width, reach),
        )
        self.keys = _as_is(nn.Conv2d(channels, channels, 1, bias=False)) if own_keys else nn.Identity()
        self.temperature, self.center, self.level = temperature, center, level
        self.match_kernel, self.coord, self.variant = match_kernel, coord, variant

    def compared(self, style: Style, source: Person, target: Person) -> tuple[Tensor, Tensor]:
        if target.pose is None:
            raise ZooError("the target has no pose drawn", where="scmnet.correlation", fix="draw it: Person(pose=...)")
        return self.pose_encoder(target.pose), self.keys(style.pyramid[self.level])

    def rearranged(self, style: Style, query: Tensor, key: Tensor) -> Merged:
        values = style.pyramid[self.level]
        corr = correlation(self._matched(query), self._matched(key), self.temperature, self.center)
        if self.variant == "softmax_source":
            moved, corr = transported(corr, values)
            return Merged(pyramid=(moved,), codes=style.codes, fields=Fields(correlation=corr))
        return Merged(pyramid=(_misread(corr, values, self.variant),), codes=style.codes)

    def _matched(self, x: Tensor) -> Tensor:
        if self.coord:
            x = torch.cat([x, _coordinates(x)], 1)
        if self.match_kernel == 1:
            return x
        return F.unfold(x, self.match_kernel, padding=self.match_kernel // 2).unflatten(2, x.shape[2:])


def _as_is(layer: nn.Conv2d) -> nn.Conv2d:
    """Starts as the identity."""
    nn.init.dirac_(layer.weight)
    return layer


def _coordinates(x: Tensor) -> Tensor:
    """(B,3,h,w): x, y and the distance from the middle, the image in [-1,1]."""
    size = (x.shape[2], x.shape[3])
    xy = 2 * (pixel_grid(size, x) + 0.5) / x.new_tensor([size[1], size[0]])[:, None, None] - 1
    return torch.cat([xy, xy.norm(dim=0, keepdim=True)]).expand(len(x), -1, -1, -1)


def _misread(corr: Correlation, values: Tensor, variant: str) -> Tensor:
    """literal: out_i = sum_j C_ij f_j, on the source's grid. pise: out_j = sum_i C_ij f_i with C normalised over j."""
    if corr.source_grid != corr.target_grid:
        raise ZooError(f"variant {variant} needs equal grids", where="scmnet.correlation", fix="variant='softmax_source'")
    field = matrix(corr) if variant == "literal" else matrix(corr.but(query=corr.key, key=corr.query))
    return (field.mT @ values.float().flatten(2).mT).mT.unflatten(2, corr.target_grid)
