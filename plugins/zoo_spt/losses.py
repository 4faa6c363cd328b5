"""Losses of SPT without parameters of their own: parsing, pose and content (eq. 2, 6, 7). All are means, not sums."""

from typing import Annotated

import torch
import torch.nn.functional as F
from torch import Tensor

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context, Loss
from zoo.ops.maps import heat_maps, scale_joints
from zoo.types import Outcome
from zoo_spt.masks import pose_mask
from zoo_spt.ways import painted, photo, ways


class ParsingCrossEntropy(Loss):
    """Mean over pixels of -(1 + M) log S(true region), M the target's pose mask: the body weighs double (eq. 2).

    Printed with a minus before a norm, which would be unbounded below; a cross-entropy is meant.
    """

    def __init__(self, context: Context) -> None:
        super().__init__()

    def forward(self, outcome: Outcome) -> Tensor:
        logits, truth = outcome.parsing_logits, outcome.pair.target.parsing
        if logits is None or truth is None:
            raise ZooError("there is no predicted parsing, or none to compare it with", where="spt.cross_entropy",
                           fix='--set phases.PHASE.pairing=spt.pseudo, and a parsing transform', exit_code=2)  # fmt: skip
        surprise = -(truth * logits.float().log_softmax(1)).sum(1, keepdim=True)
        return ((1 + pose_mask(outcome.target)) * surprise).mean()


class PoseLoss(Loss):
    """MSE between what the track's pose detector sees in each painted image and the joints that were asked for (eq. 6)."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.detector = context.pose_detector

    def forward(self, outcome: Outcome) -> Tensor:
        return torch.stack([self._miss(way) for way in ways(outcome)]).sum()

    def _miss(self, way: Outcome) -> Tensor:
        seen, person = self.detector(painted(way)).float(), way.target
        grid = (seen.shape[2], seen.shape[3])
        joints = scale_joints(person.joints, person.size, grid)
        return F.mse_loss(seen, heat_maps(joints, person.visible, grid, self.detector.sigma))


class ContentLoss(Loss):
    """MSE between features of the source and of the image that the cycle led back to (eq. 7)."""

    def __init__(
        self,
        context: Context,
        *,
        layer: Annotated[str, Option("layer of the feature net that is compared", "paper")] = "relu2_1",
    ) -> None:
        super().__init__()
        self.net, self.layer = context.feature_net, layer

    def forward(self, outcome: Outcome) -> Tensor:
        if outcome.back is None:
            raise ZooError("the phase does not lead back to the source", where="spt.content",
                           fix='--set phases.PHASE.until=cycle', exit_code=2)  # fmt: skip
        with torch.no_grad():
            wanted = self.net(photo(outcome), [self.layer])[self.layer]
        return F.mse_loss(self.net(painted(outcome.back), [self.layer])[self.layer].float(), wanted.float())
