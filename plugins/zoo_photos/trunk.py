"""EfficientNet-Lite as an encoder, and the way up again."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from zoo_photos.lite import EPS, SameConv, stages, start

_TAPPED = (0, 1, 2, 4, 5)  # stages after which the stride doubles, or the last of all


class Trunk(nn.Module):
    """Maps of a picture at strides 2, 4, 8, 16 and 32. Its weights are timm's `tf_efficientnet_lite*`, some blocks left out."""

    channels = (16, 24, 40, 112, 192)  # of lite0 and lite1

    def __init__(self, name: str, last: int) -> None:
        """`last` is how many blocks of the last stage are kept: two thirds of the weights lie there."""
        super().__init__()
        self.conv_stem, self.bn1 = SameConv(3, 32, 3, 2, bias=False), nn.BatchNorm2d(32, EPS)
        self.blocks = stages(name, last)
        start(self)

    def forward(self, image: Tensor, hint: Tensor | None = None) -> list[Tensor]:
        """`image` (B,3,H,W) in [-1,1]; `hint` (B,C,H/2,W/2), C of the stem, is added to what the stem saw."""
        x = F.relu6(self.bn1(self.conv_stem(image)), inplace=True)
        x = x if hint is None else x + hint
        levels = []
        for stage, blocks in enumerate(self.blocks):
            x = blocks(x)
            if stage in _TAPPED:
                levels.append(x)
        return levels


class Ascent(nn.Module):
    """From the coarsest of some levels up to the finest, each read on the way (U-Net)."""

    def __init__(self, channels: Sequence[int], widths: Sequence[int]) -> None:
        """`channels` of the levels, finest first; `widths` of what comes out of each step, first step first."""
        super().__init__()
        below, beside = (channels[-1], *widths[:-1]), channels[-2::-1]
        self.steps = nn.ModuleList(_step(b + s, w) for b, s, w in zip(below, beside, widths, strict=True))

    def forward(self, levels: Sequence[Tensor]) -> Tensor:
        x = levels[-1]
        for step, level in zip(self.steps, levels[-2::-1], strict=True):
            x = step(torch.cat((F.interpolate(x, level.shape[-2:], mode="bilinear"), level), 1))
        return x


def _step(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(*_convolution(before, after, 1), *_convolution(after, after, 3))


def _convolution(before: int, after: int, kernel: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(before, after, kernel, padding=kernel // 2, bias=False), nn.BatchNorm2d(after), nn.ReLU6()


def seen(image: Tensor, rows: int) -> Tensor:
    """The image at `rows` rows, its shape kept."""
    height, width = image.shape[-2:]
    if height == rows:
        return image
    return F.interpolate(image, (rows, max(32, round(width * rows / height))), mode="bilinear", antialias=True)
