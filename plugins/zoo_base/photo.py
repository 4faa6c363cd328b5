"""The photo goes along (ours): what the style's features cannot say, the picture itself does, moved beside them.

Two wrappers of merging operators. Either hands on `spec.photo`, the channels where any generator finds it.
"""

from dataclasses import replace
from typing import Annotated, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context, Inner, MergingOperator
from zoo.ops.correlate import transport
from zoo.ops.skinning import skinned_flow
from zoo.ops.warp import resize_flow, warp
from zoo.types import Correlation, FeatureSpec, Fields, Merged, Person, PhotoChannels, Style
from zoo_base.styles import source_image


class PhotoAlong(MergingOperator):
    """Whatever `inner` merges, and the photo moved at full size: along the fields that `inner` exposes, or by the skeletons.

    The photo joins the finest level if that has stride 1, and is a level of its own in front of it otherwise.
    """

    def __init__(
        self,
        context: Context,
        inner: Inner[MergingOperator],
        *,
        along: Annotated[
            Literal["fields", "skeletons"],
            Option("what moves the photo: the operator's flow or correlation, or the joints", "ours"),
        ] = "fields",
    ) -> None:
        super().__init__()
        self.inner, self.along = inner(context), along
        self.spec = with_photo(self.inner.spec)

    def forward(self, style: Style, source: Person, target: Person) -> Merged:
        merged = self.inner(style, source, target)
        if self.along == "skeletons":
            photo = along_skeletons(whole_photo(style, source), source, target)
        else:
            photo = along_fields(source_image(source) if style.photo is None else style.photo, merged.fields, source)
        finest, *coarser = merged.pyramid
        levels = (torch.cat([finest, photo], 1), *coarser) if self.inner.spec.strides[0] == 1 else (photo, *merged.pyramid)
        return merged.but(pyramid=levels)


class PhotoInStyle(MergingOperator):
    """The photo is laid beside the finest level of the style, all pixels of each cell, and `inner` moves it with the features.

    For operators that move every channel as it is. One that mixes them reads the photo, but hands none on.
    """

    def __init__(
        self,
        context: Context,
        inner: Inner[MergingOperator],
        *,
        lowest: Annotated[
            Literal[-1, 0], Option("the value of black: 0 where the operator takes the negative for nothing", "ours")
        ] = -1,
    ) -> None:
        super().__init__()
        self.lowest, self.stride = lowest, context.upstream.strides[0]
        self.inner = inner(replace(context, spec=beside_photo(context.upstream, float(lowest))))
        self.spec = self.inner.spec

    def forward(self, style: Style, source: Person, target: Person) -> Merged:
        finest, *coarser = style.pyramid
        photo = whole_photo(style, source)
        cells = F.pixel_unshuffle(_sized(photo, finest, self.stride), self.stride)
        cells = cells if self.lowest else (cells + 1) / 2
        return self.inner(style.but(pyramid=(torch.cat([finest, cells], 1), *coarser)), source, target)


def with_photo(spec: FeatureSpec) -> FeatureSpec:
    """`spec` with the photo at stride 1: three channels more in its finest level, or a level in front of it."""
    (stride, *strides), (channels, *others) = spec.strides, spec.channels
    if stride == 1:
        return replace(spec, channels=(channels + 3, *others), groups=1, photo=PhotoChannels(channels, 3))
    return replace(spec, strides=(1, stride, *strides), channels=(3, channels, *others), groups=1, photo=PhotoChannels(0, 3))


def beside_photo(spec: FeatureSpec, lowest: float) -> FeatureSpec:
    """`spec` with all pixels of each cell as further channels of its finest level."""
    channels, count = spec.channels[0], 3 * spec.strides[0] ** 2
    photo = PhotoChannels(channels, count, lowest)
    return replace(spec, channels=(channels + count, *spec.channels[1:]), groups=1, photo=photo)


def whole_photo(style: Style, source: Person) -> Tensor:
    """The photo (B,3,H,W) that a style was read from, as the encoder saw it. ZooError for one in parts, which edits make."""
    photo = source_image(source) if style.photo is None else style.photo
    if photo.ndim == 5:
        raise ZooError("the edited photo is in parts, which only flows of the same parts can move", where="wrapper base.photo",
                       fix='--set merge.wear.photo.along=fields', exit_code=2)  # fmt: skip
    return photo


def along_skeletons(photo: Tensor, source: Person, target: Person) -> Tensor:
    """`photo` (B,3,H,W) moved to where the target's joints are; nothing is learned (`skinned_flow`)."""
    flow = skinned_flow((source.joints, source.visible), (target.joints, target.visible), target.size)
    return warp(photo, flow[:, 0], "border")


def along_fields(photo: Tensor, fields: Fields, source: Person) -> Tensor:
    """`photo` (B,3,H,W), or (B,P,3,H,W) with one for each part of the flow, moved by the finest flow or the correlation."""
    if fields.flow and (photo.ndim == 4 or photo.shape[1] == fields.flow[0].shape[1]):
        return along_flow(photo, fields.flow[0], fields.visibility[0] if fields.visibility else None, source)
    if fields.correlation is not None and photo.ndim == 4:
        return along_correlation(photo, fields.correlation)
    raise ZooError("the merging operator exposes no flow or correlation that could move the photo or its parts",
                   where="wrapper base.photo", fix="--set merge.wear.photo.along=skeletons", exit_code=2)  # fmt: skip


def along_flow(photo: Tensor, flow: Tensor, visibility: Tensor | None, source: Person) -> Tensor:
    """The photo moved by `flow` (B,P,2,h,w). Several parts are laid side by side, weighed by `visibility` (B,P,1,h,w).

    Where their weights add up to less than 1, the rest is the source's photo in place.
    """
    parts, size = flow.shape[1], source.size
    photos = photo[:, None].expand(-1, parts, -1, -1, -1) if photo.ndim == 4 else photo
    moved = [warp(photos[:, part], resize_flow(flow[:, part], size), "border") for part in range(parts)]
    if parts == 1:
        return moved[0]
    even = flow.new_full((len(flow), parts, *flow.shape[3:]), 1 / parts)
    shares = even if visibility is None else visibility[:, :, 0]
    shares = F.interpolate(shares, size, mode="bilinear", align_corners=False)
    shares = shares / shares.sum(1, keepdim=True).clamp_min(1)
    laid = (1 - shares.sum(1, keepdim=True)) * (photo if photo.ndim == 4 else source_image(source))
    for part, picture in enumerate(moved):
        laid = laid + shares[:, part, None] * picture
    return laid


def along_correlation(photo: Tensor, corr: Correlation) -> Tensor:
    """All pixels of each source cell of the field, where the field brings the cell: (B,3,H,W) -> the same."""
    stride = round(photo.shape[2] / corr.source_grid[0])
    height, width = corr.source_grid
    cells = F.pixel_unshuffle(_resized(photo, (height * stride, width * stride)), stride)
    return _resized(F.pixel_shuffle(transport(corr, cells), stride), (photo.shape[2], photo.shape[3]))


def _sized(photo: Tensor, level: Tensor, stride: int) -> Tensor:
    """`photo` at `stride` times the size of a level, for sides that do not divide evenly."""
    return _resized(photo, (level.shape[2] * stride, level.shape[3] * stride))


def _resized(x: Tensor, size: tuple[int, int]) -> Tensor:
    same = (x.shape[2], x.shape[3]) == size
    return x if same else F.interpolate(x, size, mode="bilinear", align_corners=False)
