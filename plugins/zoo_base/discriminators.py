"""Discriminators: (B,C,H,W) -> a map of scores; the targets of the GAN loss apply to every element."""

import itertools

from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from zoo_base.networks import ConvBlock, Norm, ResBlock, gaussian_init, orthogonal_init


class PatnDiscriminator(nn.Sequential):
    """PATN's residual discriminator: (B,C,H,W) -> (B,4 width,H/4,W/4). It has no one-channel head (SCM-Net spec 1f)."""

    def __init__(self, in_channels: int, width: int = 64, blocks: int = 3, norm: Norm = "instance") -> None:
        super().__init__(
            ConvBlock(in_channels, width, 7, norm=norm),
            ConvBlock(width, 2 * width, 3, 2, norm),
            ConvBlock(2 * width, 4 * width, 3, 2, norm),
            *(ResBlock(4 * width, norm, dropout=0.5) for _ in range(blocks)),
        )
        gaussian_init(self)


class PatchDiscriminator(nn.Sequential):
    """PatchGAN: each score judges a patch (70 px with 3 `blocks`); (B,C,H,W) -> (B,1,about H/2^blocks,...) (pix2pix)."""

    def __init__(self, in_channels: int, width: int = 64, blocks: int = 3, norm: Norm = "instance") -> None:
        widths = [width * min(2**i, 8) for i in range(blocks + 1)]
        super().__init__(
            ConvBlock(in_channels, width, 4, 2, "none", slope=0.2),
            *(
                ConvBlock(a, b, 4, 2 if i < blocks - 1 else 1, norm, slope=0.2)
                for i, (a, b) in enumerate(itertools.pairwise(widths))
            ),
            nn.Conv2d(widths[-1], 1, 4, padding=1),
        )
        gaussian_init(self)


class ResidualDiscriminator(nn.Sequential):
    """GFLA's: `blocks` residual halvings of widths up to 4 `width`, spectral norm, no other norm; (B,C,H,W) -> (B,1,h,w).

    The first block's inner convolution has `entry` channels, GFLA's `width` of them; as many as the input unless told.
    """

    def __init__(self, in_channels: int, width: int = 32, blocks: int = 4, entry: int | None = None) -> None:
        widths = [in_channels, *(width * min(2**i, 4) for i in range(blocks))]
        super().__init__(
            *(ResBlockEncoder(a, b, entry if i == 0 else None) for i, (a, b) in enumerate(itertools.pairwise(widths))),
            nn.LeakyReLU(0.1),
            nn.Conv2d(widths[-1], 1, 1),
        )
        orthogonal_init(self)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                spectral_norm(layer)


class ResBlockEncoder(nn.Module):
    """act, conv3 to `inner` channels (else `inputs`), act, conv4 of stride 2, plus conv1 of the halved input: half as large."""

    def __init__(self, inputs: int, outputs: int, inner: int | None = None) -> None:
        super().__init__()
        inner = inner or inputs
        self.body = nn.Sequential(
            nn.LeakyReLU(0.1), nn.Conv2d(inputs, inner, 3, padding=1), nn.LeakyReLU(0.1), nn.Conv2d(inner, outputs, 4, 2, 1)
        )
        self.shortcut = nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(inputs, outputs, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.body(x) + self.shortcut(x)
