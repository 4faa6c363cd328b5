"""The adversarial loss. Its discriminator is its own parameter set, trained by `critic`."""

from collections.abc import Callable
from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from zoo.hookspecs import Option
from zoo.interfaces import Context, Loss
from zoo.skeleton import JOINTS
from zoo.types import Outcome
from zoo_base.discriminators import PatchDiscriminator, PatnDiscriminator, ResidualDiscriminator
from zoo_base.losses import Distance, fake_and_real
from zoo_base.networks import Norm
from zoo_base.styles import source_image

_DISTANCES: dict[str, Distance] = {
    "lsgan": F.mse_loss,
    "nsgan": F.binary_cross_entropy_with_logits,
}
_DISCRIMINATORS: dict[str, Callable[[int, int, int, Norm], nn.Module]] = {
    "patn": PatnDiscriminator,
    "patch": PatchDiscriminator,
    "residual": lambda inputs, width, blocks, norm: ResidualDiscriminator(inputs, width, blocks),
    "gfla": lambda inputs, width, blocks, norm: ResidualDiscriminator(inputs, width, blocks, entry=width),
}
Condition = Literal["none", "pose", "source", "source+pose"]


class Adversarial(Loss):
    """LSGAN or non-saturating GAN: G 0.5 l(D(fake), 1), D 0.5 (l(D(real), 1) + l(D(fake), 0)), l squared error or BCE.

    The halves are PATN's and MUST-GAN's constants. `conditional` says what the discriminator sees beside the image: the
    target pose, the source image, both, or nothing. Never the source when source and target are one image: the
    discriminator could then just compare its two halves. `limbs` off shows it the maps of the 18 joints
    alone. `norm` is that of "patn" and "patch"; "residual" and "gfla" have their spectral norm.
    """

    def __init__(
        self,
        context: Context,
        *,
        conditional: Annotated[Condition, Option("what the discriminator sees beside the image", "paper")] = "none",
        gan: Annotated[Literal["lsgan", "nsgan"], Option("squared error or binary cross-entropy", "paper")] = "lsgan",
        discriminator: Annotated[
            Literal["patn", "patch", "residual", "gfla"],
            Option("architecture of the discriminator; residual is GFLA's with a narrow first block", "paper"),
        ] = "patn",
        width: Annotated[int, Option("channels of its first convolution", "paper")] = 64,
        blocks: Annotated[int, Option("its residual blocks, or halvings", "paper")] = 3,
        norm: Annotated[Norm, Option('normalisation of "patn" and "patch"', "paper")] = "instance",
        limbs: Annotated[bool, Option("show it all pose maps, not only those of the 18 joints", "paper")] = True,
    ) -> None:
        super().__init__()
        self.conditional = conditional
        self.distance = _DISTANCES[gan]
        self.poses = context.pose_channels if limbs else min(context.pose_channels, JOINTS)
        channels = 3 + 3 * ("source" in conditional) + self.poses * ("pose" in conditional)
        self.discriminator = _DISCRIMINATORS[discriminator](channels, width, blocks, norm)

    def forward(self, outcome: Outcome) -> Tensor:
        fake, _ = fake_and_real(outcome)
        return 0.5 * self._distance(outcome, fake, 1.0)

    def critic(self, outcome: Outcome) -> Tensor:
        fake, real = fake_and_real(outcome)
        return 0.5 * (self._distance(outcome, real, 1.0) + self._distance(outcome, fake.detach(), 0.0))

    def _distance(self, outcome: Outcome, image: Tensor, wanted: float) -> Tensor:
        scores = self.discriminator(torch.cat([image, *self._conditions(outcome)], 1)).float()
        return self.distance(scores, torch.full_like(scores, wanted))

    def _conditions(self, outcome: Outcome) -> list[Tensor]:
        conditions = [source_image(outcome.source)] if "source" in self.conditional else []
        if "pose" in self.conditional and outcome.target.pose is not None:
            conditions.append(outcome.target.pose[:, : self.poses])
        return conditions
