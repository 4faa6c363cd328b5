"""The kinds of part a recipe names. Every component is built as `Class(context, **options)`.

A wrapper goes around a part of one kind and is of that kind itself. It is built as `Class(context, inner, **options)`, where
`inner(context)` builds what it wraps; it keeps that as `self.inner`, and may change the context.

Options are the keyword-only arguments of `__init__`: typed, with defaults; pydantic validates them and `zoo show` prints them.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn

from zoo.errors import ZooError
from zoo.hookspecs import Kind
from zoo.ops.sources import further
from zoo.regions import Vocabulary
from zoo.types import FeatureSpec, Judgement, Lesson, Merged, Outcome, Pair, Person, Sighting, Style


@dataclass(frozen=True)
class Context:
    """What a component may know of its place when it is built. Filled from the track and from the parts before it."""

    size: tuple[int, int]  # (H, W) of the images
    regions: Vocabulary  # the recipe's region vocabulary
    pose_channels: int = 0
    spec: FeatureSpec | None = None  # of the part upstream: encoder -> merging operator -> generator
    features: "FeatureNet | None" = None  # the track's frozen feature net, for losses and priors
    detector: "PoseDetector | None" = None  # the track's frozen pose detector, for losses
    codec: "Codec | None" = None  # the track's frozen codec, for generators that work in its latents
    seed: int = 0
    sources: int = 1  # how many photos of a person are the source

    @property
    def upstream(self) -> FeatureSpec:
        """The spec of the part before this one. Only style encoders, poses and data have none."""
        assert self.spec is not None, "no part upstream"
        return self.spec

    @property
    def feature_net(self) -> "FeatureNet":
        """The track's feature net. The builder guarantees it to components that need `features`."""
        assert self.features is not None, "component must declare needs={'features'}"
        return self.features

    @property
    def pose_detector(self) -> "PoseDetector":
        """The track's pose detector. The builder guarantees it to components that need `detector`."""
        assert self.detector is not None, "component must declare needs={'detector'}"
        return self.detector

    @property
    def image_codec(self) -> "Codec":
        """The track's codec. The builder guarantees it to components that need `codec`."""
        assert self.codec is not None, "component must declare needs={'codec'}"
        return self.codec


P = TypeVar("P")
Inner = Callable[[Context], P]  # builds what a wrapper wraps


class Frozen(nn.Module):
    """A net that others are measured by: never trained, in eval mode even while they train, and in no checkpoint."""


class Growing(nn.Module):
    """A part whose finer half fades in while a phase with `grow` lasts: (1 - fade) coarse + fade fine.

    `fade` is 0 until then and is kept with the weights. So long the part works at half size and repeats each pixel of what it
    makes: a phase with `reduce` = 2 has losses judge it where it was made.
    """

    fade: Tensor  # scalar in [0,1]

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("fade", torch.zeros(()))

    @property
    def growing(self) -> bool:
        """Whether the finer half has begun to show."""
        return self.fade.is_meta or bool(self.fade > 0)


class PoseRepresentation(ABC):
    """Draws a skeleton (or the edges of a face) as maps. No parameters."""

    channels: int

    @abstractmethod
    def draw(self, person: Person, size: tuple[int, int]) -> Tensor:
        """(B,K,H,W) in [0,1]; a missing joint draws nothing. `person.joints` are pixels of `person.size`."""


class StyleEncoder(nn.Module, ABC):
    """Reads the source photo."""

    spec: FeatureSpec

    @abstractmethod
    def forward(self, source: Person) -> Style: ...

    def edit(self, style: Style, reference: Style, regions: Sequence[int]) -> Style:
        """`style` with some regions taken from `reference`: codes replaced, pyramid blended inside the two region masks."""
        from zoo.ops.regions import swap_regions

        return swap_regions(style, reference, regions)


class ParsingTransform(nn.Module, ABC):
    """Predicts the target's region map."""

    @abstractmethod
    def forward(self, source: Person, target: Person) -> Tensor:
        """Logits (B,R,H,W)."""


class MergingOperator(nn.Module, ABC):
    """Moves the style into the target's geometry. Built from `context.upstream`, the encoder's spec."""

    spec: FeatureSpec

    @abstractmethod
    def forward(self, style: Style, source: Person, target: Person) -> Merged: ...


class MergesSeveral(MergingOperator, ABC):
    """A merging operator whose source may be S photos of each person, one after the other: B*S people beside B targets.

    Styles are B*S, what is merged is B. Its `fields` are of the first photo. In which order the photos come has no say in the
    rest, and one photo alone is merged as any operator does it.
    """


class LaysOut(ABC):
    """A merging operator that lays the photo itself out in the target's pose, unlearned, at any size."""

    @abstractmethod
    def lay_out(self, photo: Tensor, source: Person, target: Person) -> Tensor:
        """`photo` (B,3,H,W) of the source in the target's pose, both at the photo's size and in the recipe's regions."""


class Generator(nn.Module, ABC):
    """Paints the image from what the merging operator hands on; never reads `merged.fields`."""

    @abstractmethod
    def forward(self, merged: Merged, target: Person) -> Tensor:
        """(B,3,H,W) in [-1,1]."""


class SteppedGenerator(Generator, ABC):
    """Paints in several steps, from `merged.noise` to an image; it learns one step at a time.

    The noise is drawn by the spine: at random in training, else as a function of the pair's name and the number of the sample.
    """

    @abstractmethod
    def lesson(self, merged: Merged, target: Person, truth: Tensor) -> Lesson:
        """One step at a random time of the way from `merged.noise` to `truth` (B,3,H,W) in [-1,1]."""


class Loss(nn.Module, ABC):
    """A term of a phase. A discriminator lives inside its loss: `critic` trains the loss's own parameters."""

    @abstractmethod
    def forward(self, outcome: Outcome) -> Tensor:
        """Scalar that trains the model."""

    def critic(self, outcome: Outcome) -> Tensor | None:
        """Scalar that trains this loss's own parameters (detach the model's side), or None."""
        return None


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


@dataclass(frozen=True)
class Framing:
    """Where a stored picture lies on the canvas of the track's size; what lies beyond the edges of that is cut off."""

    stored: tuple[int, int]  # (H,W) of the picture as it is stored
    corner: tuple[int, int]  # (top, left) in pixels of the canvas
    inner: tuple[int, int]  # (H,W) in pixels of the canvas


@dataclass(frozen=True)
class DataReport:
    """What a data set found on disk, for `zoo data check`. Of people and pairs `groups` and `pairs` tell."""

    counts: Mapping[str, int] = field(default_factory=dict)  # {"photos": 52712, "joints": 52700}
    left_out: Mapping[str, Sequence[str]] = field(default_factory=dict)  # why -> the names of the photos
    hints: Mapping[str, str] = field(default_factory=dict)  # what is not there -> how to get it
    frames: Mapping[int, Framing] = field(default_factory=dict)  # by the index of the image


@dataclass(frozen=True)
class PairList:
    """A list of pairs that others publish, rebuilt from joints."""

    pairs: Sequence[tuple[str, str]]  # (source, target), by the names that the annotations give
    left_out: Mapping[str, int]  # why -> how many photos
    verdict: str  # how it compares with the published one


class Dataset(ABC):
    """People in several poses. Images have integer indices within a split; samples are loaded in batches."""

    vocabulary: str  # the region vocabulary of its parsing

    @abstractmethod
    def groups(self, split: str) -> Sequence[Sequence[int]]:
        """The image indices of each identity."""

    @abstractmethod
    def pairs(self, split: str) -> Sequence[tuple[int, int]]:
        """The fixed (source, target) image pairs that scores are computed on, in a fixed order."""

    @abstractmethod
    def load(self, split: str, sources: Tensor, targets: Tensor) -> Pair:
        """One batch, on the CPU; `sources` and `targets` (B,) int64 image indices. A pure function of its arguments."""

    def load_several(self, split: str, sources: Tensor, targets: Tensor) -> Pair:
        """As `load`, with S photos of each person as the source: `sources` (B,S)."""
        first, *others = sources.unbind(1)
        pair = self.load(split, first, targets)
        return pair.but(others=tuple(self.load(split, images, images).source for images in others)) if others else pair

    def sources_of(self, split: str, pairs: Sequence[tuple[int, int]], sources: int) -> Tensor:
        """(B,`sources`) the photos of each pair's source, its own first; the others are drawn by the pair alone."""
        group = {image: images for images in self.groups(split) for image in images} if sources > 1 else {}
        return torch.tensor([[s, *(further(group[s], s, t, sources - 1) if sources > 1 else [])] for s, t in pairs])

    @abstractmethod
    def digest(self, split: str) -> str:
        """A hash of the content of a split, for the record."""

    def report(self) -> DataReport:
        """What was found on disk and what was not; by default there is nothing to tell."""
        return DataReport()

    def prepare(self) -> Path:
        """Write down once what would be worked out at every run, where `load` finds it; the place. By default a ZooError."""
        what = f"{type(self).__name__} has nothing to prepare: it reads no photos from disk"
        raise ZooError(what, where="zoo data prepare", fix="go on without", exit_code=2)

    @classmethod
    def rebuilt(cls, shown: Mapping[str, Tensor], split: str) -> PairList:
        """The pairs that the field trains or scores on.

        `shown` is which joints (18,) bool each photo shows, in the annotations' order. By default there are none: ZooError.
        """
        raise ZooError(f"{cls.__name__} has no list of pairs that is published", fix="zoo list dataset shows the others")


class Pairing(ABC):
    """Which (source, target) a phase sees. A pure function of (seed, position), so a killed run resumes exactly."""

    needs_target: bool = True  # False: target images are never read

    def prepare(self, data: Dataset, split: str, folder: Path) -> None:
        """Work to do once before training (a search, an index); stored under `folder`, resumable."""
        return

    @abstractmethod
    def sample(self, data: Dataset, split: str, *, seed: int, start: int, count: int) -> Pair:
        """Samples [start, start + count) of the endless training stream."""


# What a part of each kind is; a wrapper is of the kind that it wraps.
INTERFACES: dict[Kind, type] = {
    "pose": PoseRepresentation, "style": StyleEncoder, "parsing": ParsingTransform, "merge": MergingOperator,
    "generator": Generator, "loss": Loss, "features": FeatureNet, "detector": PoseDetector, "codec": Codec,
    "parser": PersonParser, "judge": Judge, "pairing": Pairing, "dataset": Dataset,
}  # fmt: skip
