"""Correlation Mining Module: the style rearranged by a dense correlation with the pose (SCM-Net sec. 3.3)."""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from zoo.errors import ZooError
from zoo.interfaces import Context, MergingOperator
from zoo.ops import batch
from zoo.ops.correlate import correlation, matrix, transport
from zoo.ops.skinning import COORDINATES, body_coordinates
from zoo.ops.warp import pixel_grid
from zoo.types import Correlation, FeatureSpec, Fields, Merged, Person, Style
from zoo_base.networks import PoseEncoder, kaiming_init
from zoo_scmnet.trunk import Reach


class CorrelationMerge(MergingOperator):
    """F_s*(j) = sum_i C_ij F_s(i), C_ij = softmax_i(cos(F_s(i) - mean, F_p(j) - mean) / temperature)   (eq. 1-3)

    One level of the style is moved; codes pass through. The paper's formula has temperature 1, at which any row is nearly
    flat (the ratio of two weights is at most e^2); 0.01 is CoCosNet's. `variant` keeps two mistaken readings as ablations:
    "literal" is eq. 3 with its indices as printed, "pise" normalises over the target (as PISE's code does); neither is a
    mean of the style, so neither gives `Fields.correlation`. `match_kernel` compares neighbourhoods of this side, `coord`
    appends coordinates to what is compared (both CoCosNet). `own_keys` compares a linear reading of the style instead of the
    style itself (ours), so that what a place looks like need not tell what it is. `body` channels (ours)
    compare where on the body a place is as well, which the skeletons of both people tell (the paper reads the target's alone).
    In training the source's joints are moved by `jitter` of the image's height at random, one standard deviation: in
    self-reconstruction the two skeletons are one, and places would agree to the pixel as they never do between two poses.
    """

    def __init__(
        self,
        context: Context,
        *,
        temperature: float = 0.01,
        center: Literal["channel", "position", "none"] = "channel",
        level: int = 0,
        width: int = 64,
        res_blocks: int = 2,
        reach: int = 0,
        norm: Literal["instance", "batch", "none"] = "instance",
        match_kernel: Literal[1, 3, 5] = 1,
        coord: bool = False,
        own_keys: bool = False,
        body: int = 0,
        jitter: float = 0.02,
        variant: Literal["softmax_source", "literal", "pise"] = "softmax_source",
    ) -> None:
        super().__init__()
        upstream = context.upstream
        stride, channels = upstream.strides[level], upstream.channels[level]
        self.spec = FeatureSpec((stride,), (channels,), upstream.regions, upstream.code_width, upstream.groups)
        self.pose_encoder = nn.Sequential(
            PoseEncoder(context.pose_channels, channels, stride=stride, width=width, res_blocks=res_blocks, norm=norm),
            Reach(channels, 2 * width, reach),
        )
        self.keys = _as_is(nn.Conv2d(channels, channels, 1, bias=False)) if own_keys else nn.Identity()
        self.body, self.jitter = BodyPlace(body) if body else None, jitter
        self.temperature, self.center, self.level = temperature, center, level
        self.match_kernel, self.coord, self.variant = match_kernel, coord, variant

    def forward(self, style: Style, source: Person, target: Person) -> Merged:
        values, pose = style.pyramid[self.level], target.pose
        if pose is None:
            raise ZooError("the target has no pose drawn", where="scmnet.correlation", fix="draw it: Person(pose=...)")
        query, key = self.pose_encoder(pose), self.keys(values)
        if self.body is not None:
            grids = (query.shape[2], query.shape[3]), (key.shape[2], key.shape[3])
            query = torch.cat([query, self.body(target, cells(grids[0], target).expand(len(target), -1, -1, -1))], 1)
            key = torch.cat([key, self.body(self._jittered(source), places(style, source, grids[1]))], 1)
        query, key = self._matched(query), self._matched(key)
        corr = correlation(query, key, self.temperature, self.center)
        if self.variant == "softmax_source":
            return Merged(pyramid=(transport(corr, values),), codes=style.codes, fields=Fields(correlation=corr))
        return Merged(pyramid=(_misread(corr, values, self.variant),), codes=style.codes)

    def _jittered(self, source: Person) -> Person:
        if not self.training:
            return source
        moved = self.jitter * source.size[0] * batch.randn(*source.joints.shape, like=source.joints)
        return source.but(joints=source.joints + moved)

    def _matched(self, x: Tensor) -> Tensor:
        if self.coord:
            x = torch.cat([x, _coordinates(x)], 1)
        if self.match_kernel == 1:
            return x
        return F.unfold(x, self.match_kernel, padding=self.match_kernel // 2).unflatten(2, x.shape[2:])


class BodyPlace(nn.Module):
    """What can be compared of where on a person's body points (B,2,h,w) of its image lie -> (B,C,h,w); each point by itself."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.read = nn.Sequential(
            nn.Conv2d(COORDINATES, 2 * channels, 1), nn.LeakyReLU(0.2), nn.Conv2d(2 * channels, channels, 1, bias=False)
        )
        kaiming_init(self)

    def forward(self, person: Person, points: Tensor) -> Tensor:
        return self.read(body_coordinates(person.joints, person.visible, person.size, points))


def cells(grid: tuple[int, int], person: Person) -> Tensor:
    """The middles (1,2,h,w) of the cells of a grid over a person's image, (x, y) in its pixels."""
    stride = person.size[0] / grid[0]
    return ((pixel_grid(grid, person.joints) + 0.5) * stride - 0.5)[None]


def places(style: Style, source: Person, grid: tuple[int, int]) -> Tensor:
    """Where in the source's photo lay (B,2,h,w) what the cells of the style's grid show: elsewhere if regions were moved."""
    here = cells(grid, source).expand(len(source), -1, -1, -1)
    if style.undo is None or style.parsing is None:
        return here
    before = F.adaptive_avg_pool2d(style.undo.flatten(0, 1), grid).unflatten(0, style.undo.shape[:2])
    shares = F.adaptive_avg_pool2d(style.parsing, grid)
    shown = shares.argmax(1, keepdim=True)
    moved = before.gather(1, shown[:, :, None].expand(-1, -1, 2, -1, -1))[:, 0]
    return torch.where(shares.gather(1, shown) > 0, moved, here)


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
