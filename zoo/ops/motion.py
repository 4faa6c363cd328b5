"""What the fields of a merging operator say of the motion: photos moved by them, and a correlation read as a flow."""

from collections.abc import Iterator

import torch.nn.functional as F
from torch import Tensor

from zoo.ops.correlate import expected_source, transport
from zoo.ops.maps import scale_joints
from zoo.ops.warp import pixel_grid, warp
from zoo.types import Correlation, Fields


def moved_images(fields: Fields, image: Tensor) -> Iterator[Tensor]:
    """`image` (B,C,H,W) as every field moves it, at the field's own size: the flow's levels, then the correlation."""
    for level, flow in enumerate(fields.flow):
        parts = warp_parts(F.interpolate(image, flow.shape[3:], mode="area"), flow)
        yield blend_parts(parts, fields.visibility[level] if fields.visibility else None)
    if fields.correlation is not None:
        yield transport(fields.correlation, F.interpolate(image, fields.correlation.source_grid, mode="area"))


def warp_parts(image: Tensor, flow: Tensor) -> Tensor:
    """`image` (B,C,H,W) moved by every part of `flow` (B,P,2,h,w), in its pixels -> (B,P,C,h,w)."""
    parts = flow.shape[1]
    moved = warp(image.repeat_interleave(parts, 0), flow.flatten(0, 1), "border")
    return moved.unflatten(0, (-1, parts))


def blend_parts(moved: Tensor, visibility: Tensor | None) -> Tensor:
    """Mean over the parts of `moved` (B,P,C,h,w), weighed at each pixel by `visibility` (B,P,1,h,w) if given -> (B,C,h,w).

    Where no part is visible they count alike.
    """
    if visibility is None or moved.shape[1] == 1:
        return moved.mean(1)
    weights = visibility + 1e-6
    return (moved * weights).sum(1) / weights.sum(1)


def expected_flow(corr: Correlation, size: tuple[int, int]) -> Tensor:
    """Where a correlation field looks on average, as a backward flow (B,2,H,W) in pixels of an image of `size`."""
    looked_at = scale_joints(expected_source(corr).movedim(1, -1), corr.source_grid, size).movedim(-1, 1)
    here = scale_joints(pixel_grid(corr.target_grid, looked_at).movedim(0, -1), corr.target_grid, size).movedim(-1, 0)
    return F.interpolate(looked_at - here, size, mode="bilinear", align_corners=False)
