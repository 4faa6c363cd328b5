"""Frozen nets: what losses look through, what judges, and what sees the joints and regions that photos lack."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, nn

from zoo.errors import ZooError
from zoo.types import Judgement, Sighting


class Frozen(nn.Module):
    """A net that others are measured by: never trained, in eval mode even while they train, and in no checkpoint."""


class FeatureNet(Frozen, ABC):
    """A net for perceptual, style, graph and sampling losses. Layers carry VGG names: relu1_1 ... relu5_4."""

    layers: dict[str, tuple[int, int]]  # name -> (channels, stride)

    @abstractmethod
    def forward(self, image: Tensor, layers: Iterable[str]) -> dict[str, Tensor]:
        """`image` (B,3,H,W) in [-1,1] -> {layer: (B,C,H/s,W/s)}; the net normalises the image itself."""

    def sharing(self) -> AbstractContextManager[None]:
        """Inside, images do not change, so that a net may compute once what several losses ask for. By default it does not."""
        return nullcontext()


class PoseDetector(Frozen, ABC):
    """Sees the joints of an image: for losses, and for photos that come without joints. Never the judge."""

    sigma: float  # of the Gaussians it was taught, in pixels of its maps

    @abstractmethod
    def forward(self, image: Tensor) -> Tensor:
        """`image` (B,3,H,W) in [-1,1] -> heat maps (B,18,h,w), about exp(-d^2 / 2 sigma^2); a missing joint is 0."""

    def people(self, picture: Tensor) -> list[Sighting]:
        """Everybody in a picture (3,H,W) in [-1,1] of any size, the largest first; nobody is an empty list."""
        raise ZooError(
            f"{type(self).__name__} finds nobody in photographs: it reads images of one person", where="detector",
            fix="name one that does: --detector", exit_code=2,
        )  # fmt: skip


class Codec(Frozen, ABC):
    """An image as a smaller map of numbers, and back: what a generator may paint in place of pixels."""

    channels: int  # of the latent
    stride: int  # sides of the image over those of the latent

    @abstractmethod
    def encode(self, image: Tensor) -> Tensor:
        """`image` (B,3,H,W) in [-1,1], sides multiples of the stride -> (B,C,H/s,W/s), each channel about of N(0,1)."""

    @abstractmethod
    def decode(self, latent: Tensor) -> Tensor:
        """(B,C,h,w) -> (B,3,s h,s w) in [-1,1]."""


class PersonParser(Frozen, ABC):
    """Sees the regions of a photographed person, for photos that come without a parsing."""

    vocabulary: str  # of its regions

    @abstractmethod
    def forward(self, image: Tensor, joints: Tensor, visible: Tensor) -> Tensor:
        """`image` (B,3,H,W) in [-1,1] that one person fills, `joints` (B,18,2) in its pixels -> logits (B,R,H,W)."""

    def people(self, picture: Tensor, people: Sequence[Sighting]) -> Tensor:
        """Logits (N,R,H,W) of each of `people` in a picture (3,H,W) in [-1,1] of any size; by default they fill it."""
        joints, visible = (torch.stack(rows) for rows in zip(*((p.joints, p.confidence > 0) for p in people), strict=True))
        return self(picture.expand(len(people), *picture.shape), joints, visible)


class Judge(Frozen, ABC):
    """For scoring only. Never appears in a training loss."""

    vocabulary: str  # of its parsing

    @abstractmethod
    def forward(self, image: Tensor) -> Judgement: ...

    def features(self, image: Tensor) -> Tensor:
        """(B,F) those of the judgement alone; a judge that has them before the rest may stop there."""
        return self(image).features
