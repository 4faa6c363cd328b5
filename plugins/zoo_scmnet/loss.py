"""Body Structure Retaining: a loss on the similarities between regions (SCM-Net eq. 8)."""

from typing import Annotated

import torch
from torch import Tensor
from torch.nn import functional as F

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context, Loss
from zoo.ops.batch import total
from zoo.ops.regions import region_pool, resize_parsing
from zoo.types import Outcome

FEW = 1e-8


class GraphLoss(Loss):
    """Mean over region pairs k != l, both present, of |A_kl(real) - A_kl(fake)|; A_kl = cos(v_k, v_l), v_k region means.

    The features are the track's at `layer`. `nodes` adds the mean difference of the nodes themselves; `center` takes the mean
    node off first (means of ReLU features share a large common part, so that raw cosines all sit near 1). Both images are cut
    by one parsing, that of the target, who in self-reconstruction is the source: ZooError where it is not known.
    """

    def __init__(
        self,
        context: Context,
        *,
        layer: Annotated[str, Option("layer of the feature net whose regions are compared", "paper")] = "relu3_1",
        nodes: Annotated[bool, Option("add the difference of the regions' means themselves", "ours")] = False,
        center: Annotated[bool, Option("take the mean of the regions off before comparing", "ours")] = False,
    ) -> None:
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
            fix="--set phases.PHASE.until=image, and a pairing that knows the target: base.self, base.posed or base.paired",
            exit_code=2,
        )
    return outcome.image, real, parsing
