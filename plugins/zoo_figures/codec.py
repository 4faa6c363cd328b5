"""Images of Figures as maps a quarter of their size, and back."""

from typing import Annotated

from torch import Tensor, nn

from zoo.hookspecs import Option
from zoo.interfaces import Codec, Context
from zoo_figures.blocks import Residual, block
from zoo_figures.stored import restore

_WIDTHS = (16, 40, 80)  # at strides 1, 2 and 4


class FigureCodec(Codec):
    """An autoencoder of 8 channels at a stride of 4: a sixth of an image's numbers. The batch's norm makes them of N(0,1)."""

    channels = 8
    stride = 4

    def __init__(
        self,
        context: Context,
        *,
        weights: Annotated[bool, Option("load the shipped weights; off leaves the net untrained", "ours")] = True,
    ) -> None:
        """`weights=False` leaves the net untrained and trainable: for its own training only."""
        super().__init__()
        fine, half, quarter = _WIDTHS
        self.encoder = nn.Sequential(
            block(3, fine, 1), block(fine, half, 2), Residual(half), block(half, quarter, 2), Residual(quarter),
            nn.Conv2d(quarter, self.channels, 1), nn.BatchNorm2d(self.channels, affine=False),
        )  # fmt: skip
        self.decoder = nn.Sequential(
            block(self.channels, quarter, 1), Residual(quarter), Residual(quarter),
            nn.Upsample(scale_factor=2), block(quarter, half, 1), Residual(half),
            nn.Upsample(scale_factor=2), block(half, fine, 1), nn.Conv2d(fine, 3, 3, padding=1), nn.Tanh(),
        )  # fmt: skip
        if weights:
            restore(self, "codec")

    def encode(self, image: Tensor) -> Tensor:
        latent: Tensor = self.encoder(image)
        return latent

    def decode(self, latent: Tensor) -> Tensor:
        image: Tensor = self.decoder(latent)
        return image
