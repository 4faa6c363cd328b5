"""LPIPS 0.1 (Zhang et al., CVPR 2018): how differently a classifier's layers see two images."""

from typing import Literal

import torch
from torch import Tensor

from zoo.interfaces import Frozen
from zoo.scoring.networks import Convolutions, network
from zoo.scoring.pictures.needs import BACKBONES
from zoo.store.networks import tensors
from zoo.store.registry import find_network

Net = Literal["alex", "vgg"]
_SHIFT, _SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)  # ImageNet's normalisation, of images in [-1,1]


class LPIPS(Frozen):
    """sum over layers of the mean over pixels of w . (f - g)^2, where f, g are the layers' features at unit length.

    The weights w come with torchmetrics; the backbone is the user's.
    """

    shift: Tensor
    scale: Tensor

    def __init__(self, net: Net = "alex", device: torch.device | str = "cpu") -> None:
        super().__init__()
        backbone = network(BACKBONES[net])
        assert isinstance(backbone, Convolutions)
        self.backbone = backbone
        heads = tensors(find_network(f"lpips-{net}"))
        for layer in range(5):
            self.register_buffer(f"head{layer}", heads[f"lin{layer}.model.1.weight"])
        self.register_buffer("shift", torch.tensor(_SHIFT).view(3, 1, 1))
        self.register_buffer("scale", torch.tensor(_SCALE).view(3, 1, 1))
        self.to(device).eval()

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Images (B,3,H,W) in [-1,1] -> (B,) distances; 0 for equal ones."""
        pairs = zip(self.look(first), self.look(second), strict=True)
        return sum((self._layer(i, f, g) for i, (f, g) in enumerate(pairs)), first.new_zeros(len(first)))

    def look(self, image: Tensor) -> list[Tensor]:
        """The five layers' features of images (B,3,H,W) in [-1,1], at unit length."""
        return [_unit(layer) for layer in self.backbone((image - self.shift) / self.scale)]

    def _layer(self, layer: int, first: Tensor, second: Tensor) -> Tensor:
        head: Tensor = getattr(self, f"head{layer}")  # (1,C,1,1)
        return ((first - second).square() * head).sum(1).mean((1, 2))


def _unit(features: Tensor) -> Tensor:
    """Unit length along the channels; a place that shows nothing stays at 0."""
    return features / (features.norm(dim=1, keepdim=True) + 1e-10)
