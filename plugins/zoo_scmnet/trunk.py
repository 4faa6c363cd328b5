"""The convolutions of the style encoder. No normalisation anywhere: it would erase the colours (ADGAN)."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from zoo.interfaces import FeatureNet
from zoo_base.networks import kaiming_init, stages

PRIOR_LAYERS = ("relu1_1", "relu2_1", "relu3_1")  # strides 1, 2, 4


class StyleTrunk(nn.Module):
    """(N,3,H,W) -> (N,channels,H/stride,W/stride): a 7x7 stem, a strided 4x4 per halving.

    With `prior` (ADGAN's global texture encoding) each halving also reads a frozen feature map of the input. Ours: `reach`
    looks at that many coarser grids as well, and `colours` adds a linear reading of the pooled pixels.
    """

    def __init__(
        self,
        channels: int,
        width: int,
        stride: int,
        reach: int,
        colours: bool,
        prior: FeatureNet | None = None,
        hidden: int = 32,
    ) -> None:
        super().__init__()
        halvings = stages(stride)
        self._prior = (prior,)  # in a tuple, so that the frozen net is no part of the checkpoint
        self.prior_layers = PRIOR_LAYERS[:halvings] if prior else ()
        extra = [prior.layers[name][0] for name in self.prior_layers] if prior else []
        extra += [0] * (halvings - len(extra))
        widths = [width, *[2 * width] * (halvings - 1), channels]
        self.stem = nn.Conv2d(3, width if halvings else channels, 7, padding=3, padding_mode="reflect")
        self.halve = nn.ModuleList(
            nn.Conv2d(a + e, b, 4, stride=2, padding=1) for (a, b), e in zip(pairwise(widths), extra, strict=False)
        )
        self.colours = nn.Conv2d(3, channels, 1) if colours else None
        kaiming_init(self)
        self.reach = Reach(channels, hidden, reach)

    def forward(self, x: Tensor) -> Tensor:
        priors = self._features(x)
        y = self.stem(x)
        for i, halve in enumerate(self.halve):
            y = halve(torch.cat([F.leaky_relu(y, 0.2), *priors[i : i + 1]], 1))
        y = self.reach(y)
        return y if self.colours is None else y + self.colours(F.avg_pool2d(x, x.shape[2] // y.shape[2]))

    def _features(self, x: Tensor) -> list[Tensor]:
        (prior,) = self._prior
        return [] if prior is None else [prior(x, self.prior_layers)[name] for name in self.prior_layers]


class Reach(nn.Module):
    """y plus what `depth` ever coarser grids say of it, each brought back by interpolation: a wide view at little cost."""

    def __init__(self, channels: int, width: int, depth: int) -> None:
        super().__init__()
        self.down = nn.ModuleList(nn.Conv2d(width if i else channels, width, 4, stride=2, padding=1) for i in range(depth))
        self.back = nn.ModuleList(nn.Conv2d(width, channels, 1) for _ in range(depth))
        kaiming_init(self)
        for weight in self.back.parameters():
            nn.init.zeros_(weight)  # starts as the identity: context is learnt on top of what is there

    def forward(self, y: Tensor) -> Tensor:
        out = y
        for down, back in zip(self.down, self.back, strict=True):
            y = down(F.leaky_relu(y, 0.2))
            out = out + F.interpolate(back(F.leaky_relu(y, 0.2)), out.shape[2:], mode="bilinear", align_corners=False)
        return out


class ChannelFusion(nn.Sequential):
    """Cross-Channel ChannelFusion: two 1x1 convolutions, so that each position depends on itself alone (SCM-Net sec. 3.2).

    With `identity` both start as the identity, so that what the regions say arrives (nearly) unmixed at first (ours).
    """

    def __init__(self, incoming: int, channels: int, identity: bool = False) -> None:
        first, second = nn.Conv2d(incoming, channels, 1), nn.Conv2d(channels, channels, 1)
        super().__init__(first, nn.LeakyReLU(0.2), second)
        for layer in (first, second) if identity else ():
            nn.init.dirac_(layer.weight)
            nn.init.constant_(layer.bias, 0.0)  # type: ignore[arg-type]
