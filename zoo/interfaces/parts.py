"""The parts along the spine, which a recipe names and trains, and its losses."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from zoo.types import FeatureSpec, Lesson, Merged, Outcome, Person, Style


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
