"""A loss: a term of a phase. `zoo.interfaces.Loss` is the contract."""

from typing import Annotated

import torch
import torch.nn.functional as F
from torch import Tensor

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context, Loss
from zoo.types import Outcome


class Scales(Loss):
    """mean_k |shrink_k(made) - shrink_k(true)|, k = 1, 2, 4 ...: colours of large areas weigh as much as single pixels."""

    # Keyword-only arguments are the options that recipes set and `zoo show` prints: what each means, and who asks for it.
    def __init__(
        self, context: Context, *, scales: Annotated[int, Option("how often the image is halved, and once more", "ours")] = 4
    ) -> None:
        super().__init__()
        self.scales = scales

    def forward(self, outcome: Outcome) -> Tensor:
        """A scalar. What the phase did not reach is None; a discriminator would live here, trained by `critic`."""
        made, true = outcome.image, outcome.pair.target.image
        if made is None or true is None:
            raise ZooError("no image to judge", where="loss myplugin.scales", fix="--set phases.PHASE.until=image")
        sizes = [2**k for k in range(self.scales)]
        return torch.stack([F.l1_loss(F.avg_pool2d(made, k), F.avg_pool2d(true, k)) for k in sizes]).mean()
