"""Losses on regions: Body Structure Retaining (SCM-Net eq. 8), and a correlation that finds its way back (ours)."""

import torch
from torch import Tensor
from torch.nn import functional as F

from zoo.errors import ZooError
from zoo.interfaces import Context, Loss
from zoo.ops.batch import total
from zoo.ops.correlate import rows
from zoo.ops.regions import region_pool, resize_parsing
from zoo.types import Correlation, Outcome

FEW = 1e-8
UNLIKELY = 1e-4  # weights below this bring no gradient: nothing blows up where the field is sure of something else


class GraphLoss(Loss):
    """Mean over region pairs k != l, both present, of |A_kl(real) - A_kl(fake)|; A_kl = cos(v_k, v_l), v_k region means.

    The features are the track's at `layer`. `nodes` adds the mean difference of the nodes themselves; `center` takes the mean
    node off first (means of ReLU features share a large common part, so that raw cosines all sit near 1). Both images are cut
    by one parsing, that of the target, who in self-reconstruction is the source: ZooError where it is not known.
    """

    def __init__(self, context: Context, *, layer: str = "relu3_1", nodes: bool = False, center: bool = False) -> None:
        super().__init__()
        self.net, self.layer, self.nodes, self.center = context.feature_net, layer, nodes, center

    def forward(self, outcome: Outcome) -> Tensor:
        fake, real, parsing = _reconstruction(outcome)
        with torch.no_grad():
            wanted = self.net(real, [self.layer])[self.layer]
        found = self.net(fake, [self.layer])[self.layer]
        return self.compare(found.float(), wanted.float(), parsing)

    def compare(self, found: Tensor, wanted: Tensor, parsing: Tensor) -> Tensor:
        """The loss of two feature maps (B,C,h,w) under one parsing (B,R,H,W); 0 where fewer than two regions are present."""
        parsing = resize_parsing(parsing, (found.shape[2], found.shape[3]))
        present = parsing.flatten(2).sum(2) > 0
        nodes = [self._nodes(x, parsing, present) for x in (found, wanted)]
        edges = [_cosines(x) for x in nodes]
        pairs = present[:, :, None] & present[:, None] & ~torch.eye(present.shape[1], dtype=torch.bool, device=present.device)
        loss = _mean_where((edges[0] - edges[1]).abs(), pairs)
        return loss + _mean_where((nodes[0] - nodes[1]).abs().mean(2), present) if self.nodes else loss

    def _nodes(self, features: Tensor, parsing: Tensor, present: Tensor) -> Tensor:
        nodes = region_pool(features, parsing)
        if not self.center:
            return nodes
        mean = nodes.sum(1, keepdim=True) / present.sum(1).clamp_min(1)[:, None, None]
        return (nodes - mean) * present[..., None]


class SelfMatchLoss(Loss):
    """-log of the weight that a target position gives to where its own picture went (ours, not in the paper).

    In self-reconstruction the encoder knows how it moved each region, so where a position went is known: the weight of a
    source position is 1 / (1 + (d / sigma)^2) in its own region, d the distance in grid cells of what lies there now from the
    position, and 0 in the other regions; where nothing was moved, and for the background, which has no body to know a place by,
    1 in the whole region. (Reconstruction alone tells the correlation little until the generator can paint.) Judged at
    `positions` random target positions per batch, where the source shows that region at all; every region counts alike. An
    operator that exposes no field owes nothing: the term is 0, so that a recipe runs with any.
    """

    def __init__(self, context: Context, *, positions: int = 256, sigma: float = 1.5) -> None:
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
                where="scmnet.self_match",
                fix='use it in phases with until = "merge" or "image", on data with regions',
                exit_code=2,
            )
        corr = merged.fields.correlation
        if corr is None:
            return truth.new_zeros(())
        chosen = torch.randint(corr.query.shape[1], (self.positions,), device=truth.device)
        regions = resize_parsing(style.parsing, corr.source_grid).flatten(2)
        wanted = resize_parsing(truth, corr.target_grid).flatten(2)[..., chosen].mT  # (B,P,R), one-hot
        near = regions.gather(1, wanted.argmax(2, keepdim=True).expand(-1, -1, regions.shape[2]))
        if style.undo is not None:
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


def _cosines(nodes: Tensor) -> Tensor:
    unit = F.normalize(nodes, dim=2, eps=FEW)
    return unit @ unit.mT


def _mean_where(x: Tensor, mask: Tensor) -> Tensor:
    return total((x * mask).sum()) / total(mask.sum()).clamp_min(1)


def _reconstruction(outcome: Outcome) -> tuple[Tensor, Tensor, Tensor]:
    """(fake, real, parsing) of an outcome whose target is known, else a ZooError."""
    real, parsing = outcome.pair.target.image, outcome.pair.target.parsing
    if outcome.image is None or real is None or parsing is None:
        raise ZooError(
            "no image to judge, or no true target and its regions to judge it by",
            where="scmnet.graph",
            fix='use it in phases with until = "image" whose pairing knows the target: base.self, base.posed or base.paired',
            exit_code=2,
        )
    return outcome.image, real, parsing
