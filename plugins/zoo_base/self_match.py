"""A correlation that finds its way back (ours): a target position should look where its own picture went."""

from typing import Annotated

import torch
from torch import Tensor
from torch.nn import functional as F

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context, Loss
from zoo.ops.batch import total
from zoo.ops.correlate import rows
from zoo.ops.regions import resize_parsing
from zoo.types import Correlation, Outcome
from zoo_base.traced import TracedStyle

UNLIKELY = 1e-4  # weights below this bring no gradient: nothing blows up where the field is sure of something else


class SelfMatchLoss(Loss):
    """-log of the weight that a target position gives to where its own picture went (ours).

    In self-reconstruction the encoder knows how it moved each region, so where a position went is known: the weight of a
    source position is 1 / (1 + (d / sigma)^2) in its own region, d the distance in grid cells of what lies there now from the
    position, and 0 in the other regions; where nothing was moved, and for the background, which has no body to know a place by,
    1 in the whole region. (Reconstruction alone tells the correlation little until the generator can paint.) Judged at
    `positions` random target positions per batch, where the source shows that region at all; every region counts alike. An
    operator that exposes no field owes nothing: the term is 0, so that a recipe runs with any.
    """

    def __init__(
        self,
        context: Context,
        *,
        positions: Annotated[int, Option("how many target positions are judged in a batch", "ours")] = 256,
        sigma: Annotated[float, Option("how far from its place still counts, in cells", "ours")] = 1.5,
    ) -> None:
        super().__init__()
        self.positions, self.sigma = positions, sigma
        labels = context.regions.labels
        self.background = labels.index("background") if "background" in labels else None

    def forward(self, outcome: Outcome) -> Tensor:
        """Reads `fields.correlation`, the style's moved parsing and `undo`, and the target's true parsing."""
        style, merged, truth = outcome.style, outcome.merged, outcome.pair.target.parsing
        if style is None or merged is None or style.parsing is None or truth is None:
            raise ZooError(
                "no merged style, or no parsing of source and target",
                where="loss base.self_match",
                fix="--set phases.PHASE.until=merge or image, and data with regions",
                exit_code=2,
            )
        corr = merged.fields.correlation
        if corr is None:
            return truth.new_zeros(())
        chosen = torch.randint(corr.query.shape[1], (self.positions,), device=truth.device)
        regions = resize_parsing(style.parsing, corr.source_grid).flatten(2)
        wanted = resize_parsing(truth, corr.target_grid).flatten(2)[..., chosen].mT  # (B,P,R), one-hot
        near = regions.gather(1, wanted.argmax(2, keepdim=True).expand(-1, -1, regions.shape[2]))
        if isinstance(style, TracedStyle) and style.undo is not None:
            near = near / self._distance(style.undo, wanted, corr, chosen).div_(self.sigma**2).add_(1)
        found = (rows(corr, chosen) * near).sum(2)
        there = wanted * (regions.sum(2) > 0)[:, None]  # (B,P,R)
        count = total(there.sum((0, 1)))
        lost = -total((there * found.clamp_min(UNLIKELY).log()[..., None]).sum((0, 1)))
        return (lost / count.clamp_min(1)).sum() / (count > 0).sum().clamp_min(1)

    def _distance(self, undo: Tensor, wanted: Tensor, corr: Correlation, chosen: Tensor) -> Tensor:
        """Squared distance (B,P,Ns) in cells from each chosen position to where what lies in a cell now lay before."""
        before = _in_cells(undo, corr.source_grid)
        here = torch.stack([chosen % corr.target_grid[1], chosen // corr.target_grid[1]], 1).to(before.dtype)
        if self.background is not None:
            wanted = wanted.clone()
            wanted[..., self.background] = 0
        # |b - h|^2 = |b|^2 - 2 b h + |h|^2 of the one region wanted: one product of (B,P,4R) and (B,4R,Ns)
        of_here = torch.cat([torch.ones_like(here[:, :1]), -2 * here, here.square().sum(1, keepdim=True)], 1)
        of_before = torch.cat([before.square().sum(2, keepdim=True), before, torch.ones_like(before[:, :, :1])], 2)
        with torch.autocast(undo.device.type, enabled=False):
            return (wanted[..., None] * of_here[:, None]).flatten(2).bmm(of_before.flatten(1, 2)).clamp_(min=0)


def _in_cells(undo: Tensor, grid: tuple[int, int]) -> Tensor:
    """Pixels (B,R,2,H,W) -> the cells of `grid` (B,R,2,N) they lie in, on average."""
    side = undo.shape[-2] / grid[0]
    return (F.adaptive_avg_pool2d(undo.flatten(1, 2), grid).unflatten(1, undo.shape[1:3]).flatten(3) + 0.5) / side - 0.5
