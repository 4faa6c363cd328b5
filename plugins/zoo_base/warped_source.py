"""Direct supervision of a merging operator: its own fields, applied to the source photo (NTED's auxiliary loss)."""

import torch
import torch.nn.functional as F
from torch import Tensor

from zoo.errors import ZooError
from zoo.interfaces import Context, Loss
from zoo.ops.motion import moved_images
from zoo.types import Outcome
from zoo_base.losses import true_image
from zoo_base.styles import source_image


class WarpedSource(Loss):
    """Mean over the operator's fields of mean |moved source - target|, both photos averaged down to the field's grid.

    NTED weighs it 15. Several parts of a flow are blended by their visibilities, so that each pixel is judged once; the
    visibility of a single part gets no gradient. An operator that exposes nothing owes nothing: 0.
    """

    def __init__(self, context: Context) -> None:
        super().__init__()

    def forward(self, outcome: Outcome) -> Tensor:
        source, target = source_image(outcome.pair.source), true_image(outcome)
        if outcome.merged is None:
            fix = "--set phases.PHASE.until=merge or image, or drop the loss from the phase"
            raise ZooError("this loss needs the merged style", where="loss base.warped_source", fix=fix, exit_code=2)
        moved = list(moved_images(outcome.merged.fields, source))
        terms = [F.l1_loss(m, F.interpolate(target, m.shape[2:], mode="area")) for m in moved]
        return torch.stack(terms).mean() if terms else target.new_zeros(())
