"""Discriminators: (B,C,H,W) -> a map of scores; the targets of the GAN loss apply to every element."""

import itertools

from torch import nn

from zoo_base.networks import ConvBlock, Norm, ResBlock, gaussian_init


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
