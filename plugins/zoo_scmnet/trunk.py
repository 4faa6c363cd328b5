"""The convolutions of the style encoder. No normalisation anywhere: it would erase the colours (ADGAN)."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from zoo.interfaces import FeatureNet

PRIOR_LAYERS = ("relu1_1", "relu2_1", "relu3_1")  # strides 1, 2, 4


class StyleTrunk(nn.Module):
    """(N,3,H,W) -> (N,channels,H/stride,W/stride): a 7x7 stem, one strided 4x4 per halving, dilated residual `blocks`.

    With `prior` (ADGAN's global texture encoding) each halving also reads a frozen feature map of the input.
    """

    def __init__(self, channels: int, width: int, stride: int, blocks: int, prior: FeatureNet | None = None) -> None:
        super().__init__()
        halvings = stride.bit_length() - 1
        self._prior = (prior,)  # in a tuple, so that the frozen net is no part of the checkpoint
        self.prior_layers = PRIOR_LAYERS[:halvings] if prior else ()
        extra = [prior.layers[name][0] for name in self.prior_layers] if prior else []
        extra += [0] * (halvings - len(extra))
        widths = [width, *[2 * width] * (halvings - 1), channels]
        self.stem = nn.Conv2d(3, width if halvings else channels, 7, padding=3, padding_mode="reflect")
        self.halve = nn.ModuleList(
            nn.Conv2d(a + e, b, 4, stride=2, padding=1) for (a, b), e in zip(pairwise(widths), extra, strict=False)
        )
        self.blocks = nn.ModuleList(DilatedBlock(channels, 2**i) for i in range(blocks))

    def forward(self, x: Tensor) -> Tensor:
        priors = self._features(x)
        y = self.stem(x)
        for i, halve in enumerate(self.halve):
            y = halve(torch.cat([F.leaky_relu(y, 0.2), *priors[i : i + 1]], 1))
        for block in self.blocks:
            y = block(y)
        return y

    def _features(self, x: Tensor) -> list[Tensor]:
        (prior,) = self._prior
        return [] if prior is None else [prior(x, self.prior_layers)[name] for name in self.prior_layers]


class DilatedBlock(nn.Module):
    """Two 3x3 convolutions, `dilation` apart, added to their input: a wider view without losing resolution."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=dilation, dilation=dilation)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(F.leaky_relu(self.first(F.leaky_relu(x, 0.2)), 0.2))


class Fusion(nn.Sequential):
    """Cross-Channel Fusion: two 1x1 convolutions, so that each position depends on itself alone (SCM-Net sec. 3.2)."""

    def __init__(self, incoming: int, channels: int) -> None:
        super().__init__(nn.Conv2d(incoming, channels, 1), nn.LeakyReLU(0.2), nn.Conv2d(channels, channels, 1))
