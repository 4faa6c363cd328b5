"""Source part features: one encoder per part of the body, each reading the photo inside its part's box alone."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Literal

import torch
from torch import Tensor, nn

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context, StyleEncoder
from zoo.ops.boxes import Groups, box_masks, part_boxes
from zoo.ops.regions import region_codes
from zoo.regions import Vocabulary
from zoo.skeleton import JOINT_GROUPS
from zoo.types import FeatureSpec, Person, Style
from zoo_base.networks import Norm
from zoo_base.styles import source_image
from zoo_base.traced import TracedStyle
from zoo_partflow.blocks import PartEncoder

WORN_BY = {
    "head": "hat hair sunglasses face glasses earrings",
    "torso": "upper top dress coat jumpsuits scarf glove gloves arms l_arm r_arm torso_skin skin accessories bag belt blazer "
    "blouse bodysuit bra bracelet cape cardigan hoodie intimate jacket jumper necklace purse ring romper shirt suit sweater "
    "sweatshirt swimwear t-shirt tie vest wallet watch",
    "leg": "pants skirt socks legs l_leg r_leg shoes l_shoe r_shoe bottom lower1 lower2 boots clogs flats heels jeans leggings "
    "loafers panties pumps sandals shorts sneakers stockings tights wedges",
    "background": "background noise unused_2 unused_3",
}


class PartStyle(StyleEncoder):
    """F_s^k, the features of the photo masked to the box around part k's joints; no region map is used.

    Level l of the pyramid holds `spec.groups` runs of 2^l `channels` channels, one per part of `groups`; `background` appends
    a run that reads the whole photo (ours). `crop` "full" lets every encoder see the whole photo (ablation). A part without
    visible joints is an empty picture. Codes are means of the finest level over regions, or over the photo without a parsing.
    """

    def __init__(
        self,
        context: Context,
        *,
        groups: Annotated[Groups, Option("parts of the body that are encoded apart", "paper")] = "overlap",
        channels: Annotated[
            int, Option("channels of each part at the finest level; they double with each halving", "paper")
        ] = 128,
        stride: Annotated[Literal[1, 2, 4, 8], Option("of the finest level handed on", "paper")] = 4,
        levels: Annotated[int, Option("how many levels are handed on", "paper")] = 1,
        crop: Annotated[
            Literal["box", "full"], Option("what a part's encoder sees: its box, or the whole photo", "ablation")
        ] = "box",
        background: Annotated[bool, Option("one more branch that reads the whole photo", "ours")] = False,
        norm: Annotated[Norm, Option("normalisation of the convolutions", "paper")] = "instance",
        colours: Annotated[
            bool, Option("adds a linear reading of the averaged photo, so that colours arrive from the first step", "ours")
        ] = False,
    ) -> None:
        super().__init__()
        self.groups, self.crop, self.background = groups, crop, background
        self.parts = [*JOINT_GROUPS[groups], *(["background"] if background else [])]
        one = FeatureSpec(
            strides=tuple(stride << i for i in range(levels)),
            channels=tuple(channels << i for i in range(levels)),
            regions=len(context.regions),
            code_width=channels * len(self.parts),
        )
        self.spec = replace(one, channels=tuple(c * len(self.parts) for c in one.channels), groups=len(self.parts))
        self.encoders = nn.ModuleList(PartEncoder(3, one.strides, one.channels, norm=norm, colours=colours) for _ in self.parts)
        self.part_of = _parts_of(context.regions, self.parts)

    def forward(self, source: Person) -> TracedStyle:
        pictures = self.part_images(source).unbind(1)
        maps = [encode(picture) for encode, picture in zip(self.encoders, pictures, strict=True)]
        pyramid = tuple(torch.cat(level, 1) for level in zip(*maps, strict=True))
        return TracedStyle(
            pyramid=pyramid,
            codes=region_codes(pyramid[0], source.parsing, self.spec.regions),
            parsing=source.parsing,
            origins=(source,) * len(self.parts),
        )

    def part_images(self, source: Person) -> Tensor:
        """I_s^k (B,groups,3,H,W): the photo inside the box of each part, 0 (mid-grey) outside."""
        image = source_image(source)[:, None]
        if self.crop == "full":
            return image.expand(-1, len(self.parts), -1, -1, -1)
        masks = box_masks(part_boxes(source.joints, source.visible, source.size, self.groups), source.size)[:, :, None]
        return torch.cat([image * masks, *([image] if self.background else [])], 1)

    def edit(self, style: Style, reference: Style, regions: Sequence[int]) -> Style:
        """The parts that `regions` belong to, whole, with the joints they were seen at: a flow is then read from those.

        Asking for trousers brings the legs and shoes along. One part for the whole body cannot be taken apart so; it is
        edited by region instead. ZooError for a region of no part.
        """
        if self.groups == "whole":
            return super().edit(style, reference, regions)
        assert isinstance(style, TracedStyle) and isinstance(reference, TracedStyle)
        taken = {self._part(region) for region in regions}
        origins = tuple(
            theirs if part in taken else own
            for part, (own, theirs) in enumerate(zip(style.origins, reference.origins, strict=True))
        )
        kept = torch.tensor([part not in taken for part in self.part_of], device=style.codes.device)
        return style.but(
            pyramid=tuple(self._swapped(a, b, taken) for a, b in zip(style.pyramid, reference.pyramid, strict=True)),
            codes=torch.where(kept[:, None], style.codes, reference.codes),
            photo=torch.stack([source_image(person) for person in origins[: len(JOINT_GROUPS[self.groups])]], 1),
            origins=origins,
        )

    def _part(self, region: int) -> int:
        known = self.part_of[region] if 0 <= region < len(self.part_of) else None
        if known is None:
            raise ZooError(f"region {region} is of none of the parts {', '.join(self.parts)}", where="style partflow.parts",
                           fix="--set style.background=true gives the background a part", exit_code=2)  # fmt: skip
        return known

    def _swapped(self, own: Tensor, theirs: Tensor, taken: set[int]) -> Tensor:
        runs = zip(*(t.chunk(len(self.parts), 1) for t in (own, theirs)), strict=True)
        return torch.cat([b if part in taken else a for part, (a, b) in enumerate(runs)], 1)


def _parts_of(regions: Vocabulary, parts: Sequence[str]) -> list[int | None]:
    owners = {label: parts.index(part) for part, labels in WORN_BY.items() if part in parts for label in labels.split()}
    return [owners.get(label) for label in regions.labels]
