"""Where a generator of several steps walks: among images, or among the latents of a codec."""

from dataclasses import replace

import torch.nn.functional as F
from torch import Tensor, nn

from zoo.errors import ZooError
from zoo.interfaces import Context
from zoo.ops.shrink import smaller
from zoo.types import FeatureSpec, Person


class Images(nn.Module):
    """Images themselves: the codec that does nothing."""

    channels, stride, bounded = 3, 1, True

    def encode(self, image: Tensor) -> Tensor:
        return image

    def decode(self, x: Tensor) -> Tensor:
        return x

    def inside(self, context: Context, spec: FeatureSpec) -> Context:
        """Where the inner generator paints."""
        return replace(context, spec=spec)

    def posed(self, target: Person) -> Person:
        """The target as the inner generator sees it."""
        return target

    def read(self, painted: Tensor) -> Tensor:
        """What the inner generator painted, as a place on the way."""
        return painted


class Latents(nn.Module):
    """Latents (B,C,H/f,W/f) of the track's codec. The inner generator paints an image of r x r pixels a latent's cell.

    r is the least power of two of which 3 r^2 numbers are no fewer than C: a 1x1 convolution reads the latent off them.
    """

    bounded = False

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.codec = context.image_codec
        self.channels, self.stride = self.codec.channels, self.codec.stride
        if any(side % self.stride for side in context.size):
            raise ZooError(
                f"images of {context.size} have no latents of stride {self.stride}",
                where="wrapper base.flow_matching",
                fix=f"a track whose sides are multiples of {self.stride}, or latent = false",
                exit_code=2,
            )
        self.cell = next((r for r in _halves(self.stride) if 3 * r**2 >= self.channels), self.stride)
        self.reading = nn.Conv2d(3 * self.cell**2, self.channels, 1)

    def encode(self, image: Tensor) -> Tensor:
        return self.codec.encode(image).to(image.dtype)  # in reduced precision, too, the way is single

    def decode(self, x: Tensor) -> Tensor:
        return self.codec.decode(x)

    def inside(self, context: Context, spec: FeatureSpec) -> Context:
        coarser = self.stride // self.cell
        if any(stride % coarser for stride in spec.strides):
            raise ZooError(
                f"the merged style's strides {[*spec.strides]} are finer than the latent that is painted, of {coarser}",
                where="wrapper base.flow_matching", fix="an encoder of coarser maps, or latent = false", exit_code=2,
            )  # fmt: skip
        height, width = (side // coarser for side in context.size)
        strides = tuple(stride // coarser for stride in spec.strides)
        return replace(context, size=(height, width), spec=replace(spec, strides=strides, photo=None))

    def posed(self, target: Person) -> Person:
        return smaller(target, self.stride // self.cell)

    def read(self, painted: Tensor) -> Tensor:
        latent: Tensor = self.reading(F.pixel_unshuffle(painted, self.cell))
        return latent


Canvas = Images | Latents


def laid(x: Tensor, stride: int, canvas: Canvas) -> Tensor:
    """`x` on the canvas as channels of a map of `stride`: cell by cell, or repeated where the map is finer."""
    if stride >= canvas.stride:
        return F.pixel_unshuffle(x, stride // canvas.stride)
    return F.interpolate(x, scale_factor=canvas.stride // stride, mode="nearest")


def laid_channels(stride: int, canvas: Canvas) -> int:
    """How many channels that makes."""
    return canvas.channels * max(stride // canvas.stride, 1) ** 2


def _halves(stride: int) -> list[int]:
    """1, 2, 4 ... up to `stride`."""
    return [2**k for k in range(stride.bit_length()) if stride % 2**k == 0]
