"""A correlation held to be a flow: read off as one, it moves the photo onto the target (the idea of Leffa)."""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context, Loss
from zoo.ops.motion import expected_flow
from zoo.ops.warp import warp
from zoo.types import Outcome
from zoo_base.losses import true_image
from zoo_base.photo import whole_photo


class AttentionFlow(Loss):
    """mean |warp(source, flow) - target| at full size, with flow = sum_i C_ji (i - j) of the correlation C (Zhou et al. 2025).

    A blurred row points at the mean of the places it reads, where there is mostly nothing alike: the loss sharpens it. The
    photo is the one that the encoder read, where training moves it. With `figure` the target's background, label 0, counts for
    nothing: it does not move with the body. An operator that exposes no correlation owes nothing: 0.
    """

    def __init__(
        self, context: Context, *, figure: Annotated[bool, Option("judge the target's figure alone", "ours")] = True
    ) -> None:
        super().__init__()
        self.figure = figure

    def forward(self, outcome: Outcome) -> Tensor:
        truth = true_image(outcome)
        if outcome.merged is None or outcome.style is None:
            fix = "--set phases.PHASE.until=merge or image, or drop the loss from the phase"
            raise ZooError("this loss needs the merged style", where="loss base.attention_flow", fix=fix, exit_code=2)
        corr, parsing = outcome.merged.fields.correlation, outcome.pair.target.parsing
        if corr is None:
            return truth.new_zeros(())
        moved = warp(whole_photo(outcome.style, outcome.source), expected_flow(corr, outcome.pair.target.size), "border")
        if not self.figure or parsing is None:
            return F.l1_loss(moved, truth)
        body = 1 - parsing[:, :1]
        return ((moved - truth).abs() * body).sum() / (3 * body.sum()).clamp_min(1)
