"""The discriminators of SPT, least-squares GANs: of parsings, of images with their parsings, of faces (eq. 3, 5, 9)."""

from abc import abstractmethod
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context, Loss
from zoo.ops.batch import total
from zoo.types import Outcome, Person
from zoo_base.discriminators import PatchDiscriminator
from zoo_spt.appearance import foreground, shown_regions
from zoo_spt.face import crop, face_boxes
from zoo_spt.ways import painted, photo, ways

Shown = tuple[Tensor, Tensor | None]  # what the discriminator is shown, and which samples count (B,) or all


Width = Annotated[int, Option("channels of the discriminator's first convolution", "paper")]
Blocks = Annotated[int, Option("its residual blocks", "paper")]


class LeastSquares(Loss):
    """G: the sum over what was made of mean (D - 1)^2. D: for each of them half of mean (D(real) - 1)^2 + mean D^2."""

    def __init__(self, channels: int, width: int, blocks: int) -> None:
        super().__init__()
        self.discriminator = PatchDiscriminator(channels, width, blocks)

    @abstractmethod
    def real(self, outcome: Outcome) -> Shown: ...

    @abstractmethod
    def made(self, outcome: Outcome) -> list[Shown]: ...

    def forward(self, outcome: Outcome) -> Tensor:
        return torch.stack([self._distance(shown, 1.0) for shown in self.made(outcome)]).sum()

    def critic(self, outcome: Outcome) -> Tensor:
        made = [self._distance((x.detach(), counts), 0.0) for x, counts in self.made(outcome)]
        real, counts = self.real(outcome)
        return 0.5 * (len(made) * self._distance((real.detach(), counts), 1.0) + torch.stack(made).sum())

    def _distance(self, shown: Shown, wanted: float) -> Tensor:
        x, counts = shown
        each = (self.discriminator(x).float() - wanted).square().mean((1, 2, 3))
        return each.mean() if counts is None else total((each * counts).sum()) / total(counts.sum()).clamp_min(1)


class ParsingAdversarial(LeastSquares):
    """D_S judges parsings: the softmax of what was predicted against the pseudo label (eq. 3)."""

    def __init__(self, context: Context, *, width: Width = 64, blocks: Blocks = 3) -> None:
        super().__init__(len(context.regions), width, blocks)

    def made(self, outcome: Outcome) -> list[Shown]:
        assert outcome.parsing_logits is not None, "needs = {parsing.logits}"
        return [(outcome.parsing_logits.softmax(1), None)]

    def real(self, outcome: Outcome) -> Shown:
        if outcome.pair.target.parsing is None:
            raise ZooError("there is no parsing to compare with", where="spt.parsing_adversarial",
                           fix='--set phases.PHASE.pairing=spt.pseudo', exit_code=2)  # fmt: skip
        return outcome.pair.target.parsing, None


class ImageAdversarial(LeastSquares):
    """D_A judges an image with the parsing it was painted on; real are the source and its parsing (eq. 5)."""

    reads_parsing: ClassVar[bool] = True

    def __init__(self, context: Context, *, width: Width = 64, blocks: Blocks = 3) -> None:
        labels = foreground(context) if self.reads_parsing else []
        super().__init__(3 + len(labels), width, blocks)
        self.labels = labels

    def made(self, outcome: Outcome) -> list[Shown]:
        return [self._shown(painted(way), way.target) for way in ways(outcome)]

    def real(self, outcome: Outcome) -> Shown:
        return self._shown(photo(outcome), outcome.source)

    def _shown(self, image: Tensor, person: Person) -> Shown:
        return torch.cat([image, *shown_regions(person, self.labels)], 1), None


class PlainAdversarial(ImageAdversarial):
    """D_A without the parsing: the paper's baseline."""

    reads_parsing = False


class FaceAdversarial(LeastSquares):
    """D_F judges faces, cut out by the joints and brought to `side` pixels; people without a face do not count (eq. 9)."""

    def __init__(
        self,
        context: Context,
        *,
        side: Annotated[int, Option("pixels that a face is brought to", "paper")] = 64,
        width: Width = 64,
        blocks: Blocks = 3,
    ) -> None:
        super().__init__(3, width, blocks)
        self.side = side

    def made(self, outcome: Outcome) -> list[Shown]:
        return [self._face(painted(way), way.target) for way in ways(outcome)]

    def real(self, outcome: Outcome) -> Shown:
        return self._face(photo(outcome), outcome.source)

    def _face(self, image: Tensor, person: Person) -> Shown:
        boxes, present = face_boxes(person)
        return crop(image, boxes, self.side), present
