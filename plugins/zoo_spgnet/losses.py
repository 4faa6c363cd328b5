"""Losses that train the flow and visibility net: by the data's truth, or by rigid parts where nobody knows the truth."""

from typing import Annotated

import torch
import torch.nn.functional as F
from torch import Tensor

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context, Loss
from zoo.ops.batch import total
from zoo.ops.rigid import affine_flow, body_parts, part_affines, part_masks
from zoo.ops.warp import warp
from zoo.types import Outcome, Pair
from zoo_spgnet.flow import BACKGROUND, HIDDEN, VISIBLE, MotionFields, at_full_size, unit


class MotionLoss(Loss):
    """flow sum_s 2^-s L2_s + visibility CE + parsing L_ss, against the data's flow and visibility (spec 1b; Intr-Flow).

    L2_s: mean |net_s - mean-pooled truth| where the figure is; CE: of visible, hidden, background; L_ss: |flow - truth| where
    the flow fetches another region than the target's, as a mean over all pixels. Flows in units of 20 px at 256. An operator
    without a flow net of this kind owes nothing: 0.
    """

    def __init__(
        self,
        context: Context,
        *,
        flow: Annotated[float, Option("weight of the flow's error", "paper")] = 0.32,
        visibility: Annotated[float, Option("weight of the visibility's cross-entropy", "paper")] = 1.0,
        parsing: Annotated[float, Option("weight of the flow's error where it fetches another region", "paper")] = 5.0,
    ) -> None:
        super().__init__()
        labels = context.regions.labels
        self.background = labels.index("background")
        self.register_buffer("regions", torch.tensor([k for k in range(len(labels)) if k != self.background]), persistent=False)
        self.unit = unit(context.size[0])
        self.flow, self.visibility, self.parsing = flow, visibility, parsing

    regions: Tensor  # all but the background

    def forward(self, outcome: Outcome) -> Tensor:
        if outcome.merged is None:
            raise ZooError("this loss judges a flow, but the phase stops before it", where="zoo_spgnet.losses",
                           fix='--set phases.PHASE.until=merge or image', exit_code=2)  # fmt: skip
        fields, pair = outcome.merged.fields, outcome.pair
        if not isinstance(fields, MotionFields):
            return pair.source.joints.new_zeros(())
        flow, state = self.truth(pair)
        loss = self.visibility * F.cross_entropy(fields.logits, state[:, 0].long())
        if self.flow:
            loss = loss + self.flow * flow_error(fields.estimates, flow / self.unit, state)
        if self.parsing:
            loss = loss + self.parsing * self._astray(pair, fields.estimates[0], flow, state)
        return loss

    def truth(self, pair: Pair) -> tuple[Tensor, Tensor]:
        """Backward flow (B,2,H,W) in pixels, 0 in the background, and state (B,1,H,W): visible, hidden or background."""
        if pair.flow is None or pair.visibility is None:
            raise ZooError(
                "the data knows no true flow",
                where="zoo_spgnet.losses",
                fix="--set losses.motion=spgnet.pseudo_motion",
                exit_code=2,
            )
        figure = figure_mask(pair, self.background)
        state = torch.where(pair.visibility > 0.5, VISIBLE, HIDDEN).where(figure, BACKGROUND)
        return pair.flow * figure, state.to(pair.flow)

    def _astray(self, pair: Pair, estimate: Tensor, flow: Tensor, state: Tensor) -> Tensor:
        guess = self.unit * at_full_size(estimate, pair.target.size)
        source, target = (parsing.index_select(1, self.regions) for parsing in parsings(pair))
        fetched = warp(source, guess.detach()) > 0
        astray = (state == VISIBLE) & ~(fetched & (target > 0)).any(1, keepdim=True)
        return (astray * (guess - flow).abs()).mean() / self.unit


class PseudoMotionLoss(MotionLoss):
    """As spgnet.motion, against what ten rigid parts of the two skeletons say: for data that knows no true flow.

    Inside a part of the target, limbs over head over torso, the flow is the part's affine map to the source, elsewhere in the
    figure, and where neither the source's part nor its mirror image tells one, the torso's. A part is hidden where the source
    lacks it; its mirror image may lend the flow, and stays hidden.
    """

    def truth(self, pair: Pair) -> tuple[Tensor, Tensor]:
        source, target = pair.source, pair.target
        people = (source.joints, source.visible, target.joints, target.visible)
        affines, present = part_affines(*people, target.size)
        flows = affine_flow(affines, target.size) * present[..., None, None, None]
        masks = part_masks(body_parts(target.joints, target.visible, target.size), target.size)
        order = torch.arange(1, masks.shape[1] + 1, device=masks.device)[:, None, None]
        part = (masks * order).argmax(1, keepdim=True)  # PARTS runs from torso to limbs; the torso where there is none
        mover = part * present.gather(1, part.flatten(1)).view_as(part)  # the torso, which is part 0, moves the unknown
        flow = flows.gather(1, mover[:, :, None].expand(-1, -1, 2, -1, -1))[:, 0]
        seen = body_parts(source.joints, source.visible, source.size).present
        shown = seen.gather(1, part.flatten(1)).view_as(part)
        figure = figure_mask(pair, self.background)
        return flow * figure, torch.where(shown, VISIBLE, HIDDEN).where(figure, BACKGROUND).to(flow)


def flow_error(estimates: tuple[Tensor, ...], truth: Tensor, state: Tensor) -> Tensor:
    """sum_s 2^-s of the mean |estimate_s - mean-pooled truth| over what holds any figure; all in the same units (Intr-Flow)."""
    found = truth.new_zeros(())
    for s, estimate in enumerate(estimates):
        size = (estimate.shape[2], estimate.shape[3])
        figure = F.adaptive_max_pool2d((state < BACKGROUND).float(), size)
        error = (estimate - F.adaptive_avg_pool2d(truth, size)).norm(dim=1, keepdim=True)
        found = found + total((figure * error).sum()) / total(figure.sum()).clamp_min(1) / 2**s
    return found


def figure_mask(pair: Pair, background: int) -> Tensor:
    """(B,1,H,W) bool: where the true target shows the person."""
    return parsings(pair)[1][:, background, None] < 0.5


def parsings(pair: Pair) -> tuple[Tensor, Tensor]:
    """The true parsings of source and target, ZooError without."""
    if pair.target.parsing is None or pair.source.parsing is None:
        raise ZooError("the data has no parsing to tell figure from background", where="zoo_spgnet.losses",
                       fix="use data with regions", exit_code=2)  # fmt: skip
    return pair.source.parsing, pair.target.parsing
