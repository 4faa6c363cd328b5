"""Direct supervision of a merging operator: its own fields, applied to the source photo (NTED's auxiliary loss)."""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from zoo.errors import ZooError
from zoo.interfaces import Context, Loss
from zoo.ops.correlate import transport
from zoo.ops.warp import warp
from zoo.types import Fields, Outcome


class WarpedSource(Loss):
    """Mean over the operator's fields of mean |moved source - target|, both photos averaged down to the field's grid.

    NTED weighs it 15. Several parts of a flow are blended by their visibilities, so that each pixel is judged once; the
    visibility of a single part gets no gradient. An operator that exposes nothing owes nothing: 0.
    """

    def __init__(self, context: Context) -> None:
        super().__init__()

    def forward(self, outcome: Outcome) -> Tensor:
        source, target = outcome.pair.source.image, outcome.pair.target.image
        if outcome.merged is None or source is None or target is None:
            raise ZooError(
                "this loss needs the merged style and both photos",
                where="loss base.warped_source",
                fix='use it in phases with until = "merge" or "image", on data with true targets',
                exit_code=2,
            )
        terms = [F.l1_loss(moved, _resized(target, moved)) for moved in moved_sources(outcome.merged.fields, source)]
        return torch.stack(terms).mean() if terms else target.new_zeros(())


def moved_sources(fields: Fields, source: Tensor) -> Iterator[Tensor]:
    """`source` (B,3,H,W) as every field of the operator moves it, (B,3,h,w) each: the flow's levels, then the correlation."""
    for level, flow in enumerate(fields.flow):
        parts, size = flow.shape[1], flow.shape[3:]
        small = F.interpolate(source, size, mode="area")
        moved = warp(small.repeat_interleave(parts, 0), flow.flatten(0, 1), "border").unflatten(0, (-1, parts))
        yield (moved * _shares(fields, level, moved)).sum(1)
    if fields.correlation is not None:
        yield transport(fields.correlation, F.interpolate(source, fields.correlation.source_grid, mode="area"))


def _shares(fields: Fields, level: int, moved: Tensor) -> Tensor:
    """How much each part counts at each pixel (B,P,1,h,w); sums to one over the parts."""
    if moved.shape[1] == 1 or not fields.visibility:
        return torch.full_like(moved[:, :, :1], 1 / moved.shape[1])
    return fields.visibility[level] / fields.visibility[level].sum(1, keepdim=True).clamp_min(1e-6)


def _resized(image: Tensor, like: Tensor) -> Tensor:
    return F.interpolate(image, like.shape[2:], mode="area")
