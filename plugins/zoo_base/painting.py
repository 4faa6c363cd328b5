"""Paint laid over the moved photo (ours): what the photo shows need not be painted anew."""

from abc import abstractmethod
from typing import Annotated, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from zoo.hookspecs import Option
from zoo.interfaces import Context, Generator, Inner
from zoo.ops.warp import wide
from zoo.types import FeatureSpec, Merged, Person
from zoo_base.networks import as_image, gaussian_init

STEEPNESS = 1.4  # atanh(x) is about 1.4 x where most colours are
LEAST = 1e-6  # two saturated images of opposite sign meet in the middle, and not in 0 / 0


class Painter(Generator):
    """A generator that ends in one layer, `paint`: from `width` features at full size to colours before their tanh."""

    width: int
    paint: nn.Module  # (B,width,H,W) -> (B,3,H,W)

    @abstractmethod
    def features(self, merged: Merged, target: Person) -> Tensor:
        """(B,width,H,W): what the image is painted from."""

    def forward(self, merged: Merged, target: Person) -> Tensor:
        return as_image(self.paint(self.features(merged, target)))


class PaintedOver(Generator):
    """What `inner` paints, laid over a linear reading of the finest merged level, at first its photo where it has one.

    "blend": s painted + (1 - s) read, with a share s of each pixel that is read off the features of a `Painter`, else off the
    two images. "add": tanh(atanh(painted) + read), so that colours arrive from the first step.
    """

    def __init__(
        self,
        context: Context,
        inner: Inner[Generator],
        *,
        how: Annotated[
            Literal["blend", "add"], Option("a share of either at each pixel, or the sum before the tanh", "ours")
        ] = "blend",
    ) -> None:
        super().__init__()
        self.inner, self.stride = inner(context), context.upstream.strides[0]
        self.reading = photo_reading(context.upstream, 1.0 if how == "blend" else STEEPNESS)
        self.share = None
        if how == "blend":
            features = self.inner.width if isinstance(self.inner, Painter) else 6
            self.share = nn.Conv2d(features, 1, 7, padding=3, padding_mode="reflect")
            gaussian_init(self.share)

    def forward(self, merged: Merged, target: Person) -> Tensor:
        read = F.pixel_shuffle(self.reading(merged.pyramid[0]), self.stride)
        if read.shape[2:] != target.size:
            read = F.interpolate(read, target.size, mode="bilinear", align_corners=False)
        if self.share is None:
            return added(self.inner(merged, target), as_image(read))
        painted, features = self._painted(merged, target)
        share = torch.sigmoid(wide(self.share(torch.cat([painted, read], 1) if features is None else features)))
        return share * painted + (1 - share) * read.clamp(-1, 1)

    def _painted(self, merged: Merged, target: Person) -> tuple[Tensor, Tensor | None]:
        if not isinstance(self.inner, Painter):
            return self.inner(merged, target), None
        features = self.inner.features(merged, target)
        return as_image(self.inner.paint(features)), features


def photo_reading(spec: FeatureSpec, gain: float) -> nn.Conv2d:
    """The finest level -> the stride x stride pixels of each cell, at first `gain` times the photo in [-1,1], or nothing."""
    read = nn.Conv2d(spec.channels[0], 3 * spec.strides[0] ** 2, 1)
    for parameter in read.parameters():
        nn.init.zeros_(parameter)
    if spec.photo is not None:
        scale = gain / (1 - spec.photo.lowest)
        with torch.no_grad():
            block = read.weight[:, spec.photo.start : spec.photo.start + spec.photo.count, 0, 0]
            block.copy_(2 * scale * torch.eye(len(block)))
            read.bias.fill_(-scale * (1 + spec.photo.lowest))  # type: ignore[union-attr]
    return read


def added(painted: Tensor, read: Tensor) -> Tensor:
    """tanh(atanh(painted) + atanh(read)) of two images in [-1,1], without leaving them: (p + r) / (1 + p r)."""
    return (painted + read) / (1 + painted * read).clamp_min(LEAST)
