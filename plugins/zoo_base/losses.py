"""Losses between the outcome's image and the true target image. Means run over every element, batch included."""

from collections.abc import Callable
from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context, Loss
from zoo.types import Outcome

Distance = Callable[[Tensor, Tensor], Tensor]


def fake_and_real(outcome: Outcome) -> tuple[Tensor, Tensor]:
    """The image made and the true target image, both (B,3,H,W). ZooError when either is missing."""
    if outcome.image is None:
        raise ZooError("this loss judges the image, but the phase stops before it", where="zoo_base.losses",
                       fix='--set phases.PHASE.until=image, or drop the loss from the phase', exit_code=2)  # fmt: skip
    return outcome.image, true_image(outcome)


def true_image(outcome: Outcome) -> Tensor:
    """The true target image (B,3,H,W), or a ZooError."""
    if outcome.pair.target.image is None:
        raise ZooError("this loss needs the true target image, which the data does not have", where="zoo_base.losses",
                       fix="--set phases.PHASE.pairing=base.self", exit_code=2)  # fmt: skip
    return outcome.pair.target.image


class L1(Loss):
    """mean |fake - real|."""

    def __init__(self, context: Context) -> None:
        super().__init__()

    def forward(self, outcome: Outcome) -> Tensor:
        return F.l1_loss(*fake_and_real(outcome))


class L2(Loss):
    """mean (fake - real)^2."""

    def __init__(self, context: Context) -> None:
        super().__init__()

    def forward(self, outcome: Outcome) -> Tensor:
        return F.mse_loss(*fake_and_real(outcome))


class CrossEntropy(Loss):
    """Mean over pixels of -log p(true region) of the predicted target parsing."""

    def __init__(self, context: Context) -> None:
        super().__init__()

    def forward(self, outcome: Outcome) -> Tensor:
        truth = outcome.pair.target.parsing
        if outcome.parsing_logits is None or truth is None:
            raise ZooError("no parsing is predicted, or none is known to be true", where="zoo_base.losses",
                           fix="name a parsing transform, on data with regions", exit_code=2)  # fmt: skip
        return F.cross_entropy(outcome.parsing_logits.float(), truth)


class FeatureLoss(Loss):
    """Sum over layers of a distance between the features of the two images."""

    def __init__(self, context: Context, layers: tuple[str, ...], distance: Distance) -> None:
        super().__init__()
        self.net, self.layers, self.distance = context.feature_net, layers, distance

    def forward(self, outcome: Outcome) -> Tensor:
        fake, real = fake_and_real(outcome)
        with torch.no_grad():
            wanted = self.net(real, self.layers)
        found = self.net(fake, self.layers)
        return torch.stack([self.distance(found[n].float(), wanted[n].float()) for n in self.layers]).sum()


class Perceptual(FeatureLoss):
    """Sum over layers of mean |phi(fake) - phi(real)|, or of its square (Johnson et al. 2016)."""

    def __init__(
        self,
        context: Context,
        *,
        layers: Annotated[tuple[str, ...], Option("layers of the feature net that are compared", "paper")] = ("relu1_2",),
        norm: Annotated[Literal["l1", "l2"], Option("mean of absolute differences, or of their squares", "paper")] = "l1",
    ) -> None:
        super().__init__(context, layers, F.l1_loss if norm == "l1" else F.mse_loss)


class StyleLoss(FeatureLoss):
    """Sum over layers of mean |G(fake) - G(real)|, G the Gram matrix, of unit Frobenius norm unless `unit_norm` is off.

    With unit norm a layer of C channels adds at most sqrt(2)/C, and the scale of its features does not matter (MUST-GAN).
    """

    def __init__(
        self,
        context: Context,
        *,
        layers: Annotated[tuple[str, ...], Option("layers of the feature net whose Gram matrices are compared", "paper")] = (
            "relu2_2",
            "relu3_4",
            "relu4_4",
            "relu5_2",
        ),
        unit_norm: Annotated[bool, Option("bring each Gram matrix to unit Frobenius norm", "paper")] = True,
    ) -> None:
        super().__init__(context, layers, lambda found, wanted: F.l1_loss(gram(found, unit_norm), gram(wanted, unit_norm)))


def gram(features: Tensor, unit_norm: bool = False) -> Tensor:
    """F F^T / (C H W) of features (B,C,H,W) -> (B,C,C), optionally divided by its Frobenius norm per sample (0 stays 0)."""
    flat = features.flatten(2)
    matrix = flat @ flat.mT / flat[0].numel()
    return matrix / torch.linalg.matrix_norm(matrix, keepdim=True).clamp_min(1e-12) if unit_norm else matrix
