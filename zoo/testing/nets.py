"""Untrained stand-ins for the frozen nets that a track names, so that a test needs nobody's weights."""

import itertools
from collections.abc import Iterable

import torch
from torch import Tensor, nn

from zoo.interfaces import Codec, FeatureNet, PoseDetector
from zoo.skeleton import JOINTS

VGG = {1: 2, 2: 2, 3: 4, 4: 4, 5: 4}  # convolutions of each block


class StandInFeatures(FeatureNet):
    """The shapes of a VGG-19 in narrow: block b has 4 b channels at stride 2^(b-1)."""

    def __init__(self) -> None:
        super().__init__()
        names = [(block, layer) for block, count in VGG.items() for layer in range(1, count + 1)]
        self.layers = {f"relu{b}_{n}": (4 * b, 2 ** (b - 1)) for b, n in names}
        widths = [3, *(4 * b for b, _ in names)]
        self.first = {f"relu{b}_{n}" for b, n in names if b > 1 and n == 1}  # after a pooling
        self.convolutions = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1) for a, b in itertools.pairwise(widths))
        self.requires_grad_(False).eval()

    def forward(self, image: Tensor, layers: Iterable[str]) -> dict[str, Tensor]:
        wanted, maps, x = set(layers), {}, image
        for name, convolution in zip(self.layers, self.convolutions, strict=True):
            x = convolution(nn.functional.avg_pool2d(x, 2) if name in self.first else x).relu()
            if name in wanted:
                maps[name] = x
        return maps


class StandInDetector(PoseDetector):
    """Heat maps of 18 joints at a quarter of the image's size."""

    sigma = 1.5

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Conv2d(3, JOINTS, 5, stride=4, padding=2)
        self.requires_grad_(False).eval()

    def forward(self, image: Tensor) -> Tensor:
        return torch.sigmoid(self.net(image))


class StandInCodec(Codec):
    """The image's own pixels, each cell of 4 x 4 one after another, without a fifth of them."""

    channels, stride = 38, 4

    def encode(self, image: Tensor) -> Tensor:
        return nn.functional.pixel_unshuffle(image, self.stride)[:, : self.channels]

    def decode(self, latent: Tensor) -> Tensor:
        missing = latent.new_zeros(len(latent), 3 * self.stride**2 - self.channels, *latent.shape[2:])
        return nn.functional.pixel_shuffle(torch.cat((latent, missing), 1), self.stride).clamp(-1, 1)
