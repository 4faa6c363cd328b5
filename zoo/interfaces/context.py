"""What a component may know of its place when it is built."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from zoo.interfaces.nets import Codec, FeatureNet, PoseDetector
from zoo.regions import Vocabulary
from zoo.types import FeatureSpec


@dataclass(frozen=True)
class Context:
    """What a component may know of its place when it is built. Filled from the track and from the parts before it."""

    size: tuple[int, int]  # (H, W) of the images
    regions: Vocabulary  # the recipe's region vocabulary
    pose_channels: int = 0
    spec: FeatureSpec | None = None  # of the part upstream: encoder -> merging operator -> generator
    features: FeatureNet | None = None  # the track's frozen feature net, for losses and priors
    detector: PoseDetector | None = None  # the track's frozen pose detector, for losses
    codec: Codec | None = None  # the track's frozen codec, for generators that work in its latents
    seed: int = 0
    sources: int = 1  # how many photos of a person are the source
    shown: int | None = None  # fewer of them, at test

    @property
    def photos(self) -> int:
        """Of a person, at test."""
        return self.shown or self.sources

    @property
    def upstream(self) -> FeatureSpec:
        """The spec of the part before this one. Only style encoders, poses and data have none."""
        assert self.spec is not None, "no part upstream"
        return self.spec

    @property
    def feature_net(self) -> FeatureNet:
        """The track's feature net. The builder guarantees it to components that need `features`."""
        assert self.features is not None, "component must declare needs={'features'}"
        return self.features

    @property
    def pose_detector(self) -> PoseDetector:
        """The track's pose detector. The builder guarantees it to components that need `detector`."""
        assert self.detector is not None, "component must declare needs={'detector'}"
        return self.detector

    @property
    def image_codec(self) -> Codec:
        """The track's codec. The builder guarantees it to components that need `codec`."""
        assert self.codec is not None, "component must declare needs={'codec'}"
        return self.codec


P = TypeVar("P")
Inner = Callable[[Context], P]  # builds what a wrapper wraps
