"""What travels through the spine: frozen bundles of tensors, batch first.

Shapes: B batch, H x W image, R regions, K pose channels, h x w a feature map, P parts of a flow.
Units: joints are (x, y) pixels of the image at hand; images are in [-1, 1]; a flow is backward (target pixel -> source
pixel, dx then dy) in pixels of the map it warps; the regions of a parsing sum to one at every pixel.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

import torch
from torch import Tensor

from zoo.errors import ZooError
from zoo.skeleton import JOINTS


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """A frozen record whose tensors (nested bundles and tuples included) move and slice together."""

    def map(self, function: Callable[[Tensor], Tensor]) -> Self:
        """Apply `function` to every tensor."""

        def apply(value: Any) -> Any:
            if isinstance(value, Tensor):
                return function(value)
            if isinstance(value, Bundle):
                return value.map(function)
            if isinstance(value, tuple) and value and isinstance(value[0], Tensor | Bundle):
                return tuple(map(apply, value))
            return value

        return replace(self, **{f.name: apply(getattr(self, f.name)) for f in fields(self)})

    def to(self, device: torch.device | str) -> Self:
        """The same record on `device`."""
        return self.map(lambda t: t.to(device, non_blocking=True))

    def but(self, **changes: Any) -> Self:
        """A copy with some fields replaced."""
        return replace(self, **changes)


@dataclass(frozen=True, kw_only=True)
class Person(Bundle):
    """People as the model sees them. A target has no image, and a parsing only if a parsing transform predicted it."""

    size: tuple[int, int]  # (H, W)
    joints: Tensor  # (B,18,2) pixels
    visible: Tensor  # (B,18) bool; a joint that is not visible has no meaningful coordinates
    image: Tensor | None = None  # (B,3,H,W) in [-1,1]
    parsing: Tensor | None = None  # (B,R,H,W), sums to one over R
    pose: Tensor | None = None  # (B,K,H,W) in [0,1], drawn by the recipe's pose representation
    edges: Tensor | None = None  # (B,E,H,W) in [0,1], for faces, where an edge map is the pose

    def __post_init__(self) -> None:
        b = self.joints.shape[0]
        expected = {
            "joints": (b, JOINTS, 2), "visible": (b, JOINTS), "image": (b, 3, *self.size), "parsing": (b, None, *self.size),
            "pose": (b, None, *self.size), "edges": (b, None, *self.size),
        }  # fmt: skip
        for name, shape in expected.items():
            value = getattr(self, name)
            if value is not None and not _fits(value.shape, shape):
                wanted = ", ".join("any" if n is None else str(n) for n in shape)
                raise ZooError(
                    f"person.{name} has shape {tuple(value.shape)}, expected ({wanted})",
                    where="zoo.types.Person",
                    fix=f"give {name} for a batch of {b} at size {self.size}",
                )

    def __len__(self) -> int:
        return self.joints.shape[0]


def _fits(shape: torch.Size, expected: tuple[int | None, ...]) -> bool:
    return len(shape) == len(expected) and all(e is None or n == e for n, e in zip(shape, expected, strict=True))


@dataclass(frozen=True, kw_only=True)
class Pair(Bundle):
    """The same people in two poses (self-supervised training: twice the same), with the truth where the data knows it.

    A source may be several photos: the first is `source`, and the true flow and visibility are of that one.
    """

    source: Person
    target: Person
    others: tuple[Person, ...] = ()  # more photos of the source: the second of each person, the third ...
    names: tuple[str, ...] = ()  # one "source->target" per sample
    flow: Tensor | None = None  # (B,2,H,W) true backward flow
    visibility: Tensor | None = None  # (B,1,H,W) 1 where the target's surface point is visible in the source, else 0

    def __len__(self) -> int:
        return len(self.source)


@dataclass(frozen=True, kw_only=True)
class Style(Bundle):
    """The source's appearance in the source's geometry. Total: always a pyramid and codes."""

    pyramid: tuple[Tensor, ...]  # level l: (B,C_l,H/s_l,W/s_l)
    codes: Tensor  # (B,R,D)
    parsing: Tensor | None = None  # (B,R,H,W) of the source
    photo: Tensor | None = None  # (B,3,H,W) in [-1,1] as the encoder read it, or (B,P,3,H,W) for each part; None: the source's
    parts: Tensor | None = None  # (B,R,c,h,w) per-region maps, where the encoder keeps them apart


@dataclass(frozen=True, kw_only=True)
class Correlation(Bundle):
    """A correlation field kept in factors: softmax over source positions of <query, key> / temperature.

    With several `heads` (equal runs of C) it is the mean of theirs. Without a temperature the products themselves are the
    weights: attention in two steps through C textures, where each query and each channel of the keys sums to one (NTED).
    `zoo.ops.correlate` applies it, reads rows of it, or writes out the (B,Nt,Ns) matrix when a picture or a loss asks.
    """

    query: Tensor  # (B,Nt,C) of the target positions, row-major over `target_grid`
    key: Tensor  # (B,Ns,C) of the source positions, row-major over `source_grid`
    temperature: float | None
    target_grid: tuple[int, int]
    source_grid: tuple[int, int]
    heads: int = 1
    expected: Tensor | None = None  # (B,2,ht,wt) what `expected_source` says, where it was found along with something else


@dataclass(frozen=True, kw_only=True)
class Fields(Bundle):
    """What a merging operator knows of the motion: evidence for losses, scores and pictures, never read by a generator."""

    flow: tuple[Tensor, ...] = ()  # level l: (B,P,2,h,w), in pixels of that level
    parts: tuple[str, ...] = ()  # what the P parts of the flow are called, where they have names
    visibility: tuple[Tensor, ...] = ()  # level l: (B,P,1,h,w) in [0,1]
    correlation: Correlation | None = None
    relation: tuple[Tensor, ...] = ()  # (B,N,N) how much each of N patches (rows, row-major over a square grid) reads of each


@dataclass(frozen=True, kw_only=True)
class Merged(Bundle):
    """The style in the target's geometry. Total: always a pyramid and codes."""

    pyramid: tuple[Tensor, ...]
    codes: Tensor  # (B,R,D)
    fields: Fields = field(default_factory=lambda: Fields())  # a function: torch.compile can follow it
    noise: Tensor | None = None  # (B,3,H,W) from N(0,1), where the generator paints in several steps: what it begins with


@dataclass(frozen=True, kw_only=True)
class Lesson(Bundle):
    """One step of a generator that paints in several, somewhere on the way from noise to the true image."""

    time: Tensor  # (B,) in [0,1]: 0 is noise, 1 the image
    image: Tensor  # (B,3,H,W) in [-1,1]: the image that the generator expects at the end of the way
    velocity: Tensor  # (B,3,H,W), or (B,C,h,w) among latents, in which it goes
    aim: Tensor  # of the same shape, in which the true image lies


@dataclass(frozen=True, kw_only=True)
class Outcome(Bundle):
    """Everything one forward pass made; what losses and scores read. Parts the phase did not reach are None."""

    pair: Pair  # with the truth, the target's image included
    source: Person  # with its pose drawn
    target: Person  # as the model saw it: joints, pose and (if predicted or oracle) parsing, never the true image
    parsing_logits: Tensor | None = None  # (B,R,H,W)
    style: Style | None = None
    merged: Merged | None = None
    image: Tensor | None = None  # (B,3,H,W) in [-1,1]
    lesson: Lesson | None = None  # in training, of a generator that paints in several steps; `image` is what it expects then
    back: "Outcome | None" = None  # the way back of a cycle: from `image` in the target's pose to the source's pose again


@dataclass(frozen=True, kw_only=True)
class Judgement(Bundle):
    """What a judge sees in an image."""

    features: Tensor  # (B,F)
    joints: Tensor  # (B,18,2) pixels
    confidence: Tensor  # (B,18) in [0,1]
    parsing: Tensor  # (B,R,H,W) logits


@dataclass(frozen=True, kw_only=True)
class Sighting(Bundle):
    """One person as a pose detector found them in a picture."""

    joints: Tensor  # (18,2) pixels of the picture
    confidence: Tensor  # (18) in [0,1]

    @property
    def size(self) -> float:
        """The longer side, in pixels, of the box around the surer half of the joints."""
        sure = self.joints[self.confidence >= self.confidence.median()]
        return float((sure.amax(0) - sure.amin(0)).max())


@dataclass(frozen=True)
class PhotoChannels:
    """Which channels of the finest level are the photo itself: `count` of them from `start`, 3 stride^2.

    Each cell holds its stride x stride pixels one after another (`pixel_unshuffle`), from `lowest` to 1.
    """

    start: int
    count: int
    lowest: float = -1.0


@dataclass(frozen=True)
class FeatureSpec:
    """The shapes a part hands on: one stride and one channel count per level, finest first.

    A merging operator that mixes the channels of its style hands on no photo.
    """

    strides: tuple[int, ...]
    channels: tuple[int, ...]
    regions: int
    code_width: int
    groups: int = 1  # channels are `groups` equal runs, one per region, when the encoder keeps regions apart
    photo: PhotoChannels | None = None  # where the finest level holds the photo itself

    @property
    def first_style(self) -> int:
        """The finest level that holds more than the photo, 0 where there is none: for generators that read a single level."""
        photo_alone = self.photo is not None and self.photo.count == self.channels[0]
        return int(photo_alone and len(self.channels) > 1)
