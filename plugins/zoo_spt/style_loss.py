"""The semantic-aware style loss, and the two it is compared with: one Gram matrix per region (SPT eq. 8)."""

from abc import abstractmethod
from itertools import pairwise
from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context, Loss
from zoo.ops.rigid import body_parts, part_masks
from zoo.types import Outcome, Person
from zoo_spt.ways import painted, photo, ways

GramScale = Literal["hw", "area"]


Layer = Annotated[str, Option("layer of the feature net whose Gram matrices are compared", "paper")]
GramNorm = Annotated[GramScale, Option("divide by the pixels of the map, or by those of the region", "paper")]


class RegionStyle(Loss):
    """s(I_ps, I_pt; S_ps, S_pt), and in a cycle also s(I_pt, I_ps'; S_pt, S_ps').

    s(I1, I2; S1, S2) = mean over regions l and matrix entries of e_l (G_l(I1) - G_l(I2))^2, G_l the Gram matrix of features
    F psi_l; e_l = (max psi_l(S1) max psi_l(S2))^2 spares regions that only one side shows. It carries no gradient: it would pay
    to erase regions. `gram_norm` divides G_l by h w, as the authors' code does, or by sum psi_l^2: the same cloth then has the
    same matrix however much of it is seen.
    """

    def __init__(self, context: Context, *, layer: str = "relu2_1", gram_norm: GramNorm = "hw") -> None:
        super().__init__()
        self.net, self.layer, self.gram_norm = context.feature_net, layer, gram_norm

    @abstractmethod
    def regions(self, person: Person) -> Tensor:
        """psi at the size of the image: (B,L,H,W) in [0,1]."""

    def forward(self, outcome: Outcome) -> Tensor:
        with torch.no_grad():
            real = self.describe(photo(outcome), self.regions(outcome.source))
        described = [real, *(self.describe(painted(way), self.regions(way.target)) for way in ways(outcome))]
        return torch.stack([region_distance(one, other) for one, other in pairwise(described)]).sum()

    def describe(self, image: Tensor, regions: Tensor) -> tuple[Tensor, Tensor]:
        """Gram matrices (B,L,C,C) of the regions, and how much of each is there at most (B,L), in [0,1]."""
        features = self.net(image, [self.layer])[self.layer].float()
        psi = F.adaptive_avg_pool2d(regions, features.shape[2:])
        return region_grams(features, psi, self.gram_norm), psi.detach().flatten(2).amax(2)


class SemanticStyle(RegionStyle):
    """One Gram matrix per region of the parsing, those of `without` left out (the face is its discriminator's affair)."""

    def __init__(
        self,
        context: Context,
        *,
        layer: Layer = "relu2_1",
        gram_norm: GramNorm = "hw",
        without: Annotated[tuple[str, ...], Option("regions that are left out", "paper")] = ("background", "face"),
    ) -> None:
        super().__init__(context, layer=layer, gram_norm=gram_norm)
        self.labels = [k for k, label in enumerate(context.regions.labels) if label not in without]

    def regions(self, person: Person) -> Tensor:
        if person.parsing is None:
            raise ZooError("a person has no parsing", where="spt.style", fix="give the recipe a parsing transform")
        return person.parsing[:, self.labels]


class BodyStyle(RegionStyle):
    """Regions that joints alone tell; `rest` adds one more, where none of them is: the background, by and large (ours)."""

    def __init__(
        self,
        context: Context,
        *,
        layer: Layer = "relu2_1",
        gram_norm: GramNorm = "hw",
        rest: Annotated[bool, Option("one region more, where no part is: the background", "ours")] = False,
    ) -> None:
        super().__init__(context, layer=layer, gram_norm=gram_norm)
        self.rest = rest

    def regions(self, person: Person) -> Tensor:
        body = self.body(person)
        return torch.cat([body, 1 - body.amax(1, keepdim=True)], 1) if self.rest else body

    @abstractmethod
    def body(self, person: Person) -> Tensor:
        """psi at the size of the image: (B,L,H,W) in [0,1]."""


class MaskStyle(BodyStyle):
    """One Gram matrix per rigid body part: no parsing, and so no contours (sec. 4.3 a)."""

    def body(self, person: Person) -> Tensor:
        return part_masks(body_parts(person.joints, person.visible, person.size), person.size, whole_torso=False)


class PatchStyle(BodyStyle):
    """One Gram matrix around each joint, as Pumarola et al. (2018) have it: psi are the drawn joints (sec. 4.3 b)."""

    def body(self, person: Person) -> Tensor:
        assert person.pose is not None, "the model draws it"
        return person.pose


def region_grams(features: Tensor, psi: Tensor, norm: GramNorm) -> Tensor:
    """(F psi_l)(F psi_l)^T of (B,C,h,w) and (B,L,h,w) -> (B,L,C,C), divided by h w or by sum psi_l^2."""
    masked = (features[:, None] * psi[:, :, None]).flatten(3)
    grams = masked @ masked.mT
    if norm == "hw":
        return grams / masked.shape[3]
    return grams / psi.square().sum((2, 3)).clamp_min(1e-6)[..., None, None]


def region_distance(one: tuple[Tensor, Tensor], other: tuple[Tensor, Tensor]) -> Tensor:
    """Mean over batch, regions and entries of e^2 (G - G')^2."""
    seen = (one[1] * other[1]).square()
    return (seen[..., None, None] * (one[0] - other[0]).square()).mean()
