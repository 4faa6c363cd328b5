"""A feature net: what losses look through, frozen; a track names it. `zoo.interfaces.FeatureNet` is the contract."""

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor

from zoo.interfaces import Context, FeatureNet

BLOCKS = 5  # of VGG-19, whose names the layers carry so that losses find them


class Slopes(FeatureNet):
    """The image at strides 1, 2 ... 16: its colours, and their differences to the right and down. Nothing is learned."""

    def __init__(self, context: Context) -> None:
        """A net with weights loads them here, and ends with `self.requires_grad_(False).eval()`."""
        super().__init__()
        self.layers = {f"relu{block}_1": (9, 2 ** (block - 1)) for block in range(1, BLOCKS + 1)}

    def forward(self, image: Tensor, layers: Iterable[str]) -> dict[str, Tensor]:
        """`image` (B,3,H,W) in [-1,1] -> {layer: (B,C,H/s,W/s)} of the layers asked for."""
        return {layer: _slopes(F.avg_pool2d(image, self.layers[layer][1])) for layer in layers}


def _slopes(colours: Tensor) -> Tensor:
    right, down = F.pad(colours.diff(dim=3), (0, 1, 0, 0)), F.pad(colours.diff(dim=2), (0, 0, 0, 1))
    return torch.cat([colours, right, down], 1)
