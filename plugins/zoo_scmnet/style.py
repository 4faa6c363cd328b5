"""Decomposed Style Encoder: one shared encoder over the masked regions, fused across channels (SCM-Net sec. 3.2)."""

from collections.abc import Sequence
from typing import Annotated, Literal

import torch
from torch import Tensor, nn

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context, StyleEncoder
from zoo.ops.regions import region_codes
from zoo.ops.warp import pixel_grid
from zoo.types import FeatureSpec, Person, Style
from zoo_base.styles import source_image
from zoo_base.traced import TracedStyle
from zoo_scmnet.augment import Augmentation, Moves
from zoo_scmnet.trunk import ChannelFusion, StyleTrunk

HEAD = ("face", "hair")
LIMBS = ("arms", "legs", "l_arm", "r_arm", "l_leg", "r_leg", "l_shoe", "r_shoe", "skin")

STILL = Moves()

ChannelsOption = Annotated[int, Option("channels of the style", "paper")]
WidthOption = Annotated[int, Option("channels after the first convolution, twice that after the second", "paper")]
StrideOption = Annotated[Literal[1, 2, 4, 8, 16], Option("pixels a side of a cell of the style", "paper")]
ReachOption = Annotated[int, Option("how many coarser grids a cell looks at as well", "ours")]
ColoursOption = Annotated[
    bool, Option("adds a linear reading of the pooled pixels, so that colours arrive from the first step", "ours")
]
PriorOption = Annotated[bool, Option("reads frozen features of the photo as well (ADGAN)", "ablation")]
AugmentOption = Annotated[Moves, Option("how training moves, hides and swaps what is encoded", "ours")]


class DecomposedStyle(StyleEncoder):
    """F_s = CCF(E_s(I * S_1), ..., E_s(I * S_R)) with `channels` channels, `channels // R` of them per region before CCF.

    `Style.parts` (B,R,channels // R,h,w) are the regions before fusion, `codes` (B,R,channels) the region means of F_s.
    """

    def __init__(
        self,
        context: Context,
        *,
        channels: ChannelsOption = 256,
        width: WidthOption = 64,
        stride: StrideOption = 8,
        reach: ReachOption = 0,
        colours: ColoursOption = False,
        fuse: Annotated[bool, Option("mixes the regions' channels (CCF)", "ablation")] = True,
        fuse_start: Annotated[
            Literal["random", "identity"],
            Option("how CCF starts: as the identity what the regions say arrives unmixed", "ours"),
        ] = "random",
        vgg_prior: PriorOption = False,
        augment: AugmentOption = STILL,
    ) -> None:
        super().__init__()
        regions = len(context.regions)
        part = channels // regions
        out = channels if fuse else part * regions
        self.spec = FeatureSpec((stride,), (out,), regions, code_width=out, groups=1 if fuse else regions)
        self.trunk = StyleTrunk(part, width, stride, reach, colours, prior=context.feature_net if vgg_prior else None)
        self.fuse = ChannelFusion(part * regions, channels, identity=fuse_start == "identity") if fuse else nn.Identity()
        labels = context.regions.labels
        limbs = tuple(i for i, label in enumerate(labels) if label in (*HEAD, *LIMBS))
        self.augment = Augmentation(augment, limbs, tuple(i for i, label in enumerate(labels) if label == "face"))

    def forward(self, source: Person) -> TracedStyle:
        """Needs the source's image and parsing; ZooError without. `photo` is what was encoded, laid together."""
        image, parsing = source_image(source), source.parsing
        if parsing is None:
            raise ZooError(
                "the source has no parsing",
                where="scmnet.decomposed",
                fix="use data with regions, or --set style=scmnet.global",
            )
        masks = parsing[:, :, None]
        masked, undo = torch.cat([image[:, None] * masks, masks], 2), None  # a masked-out pixel is 0, mid-grey
        if self.training:
            masked, undo = moved(masked, self.augment, parsing)
        parts = self.trunk(masked[:, :, :3].flatten(0, 1)).unflatten(0, parsing.shape[:2])
        fused, parsing = self.fuse(parts.flatten(1, 2)), masked[:, :, 3]
        return TracedStyle(
            pyramid=(fused,), codes=region_codes(fused, parsing, self.spec.regions), parsing=parsing,
            photo=masked[:, :, :3].sum(1), parts=parts, undo=undo, origins=(source,) * parsing.shape[1],
        )  # fmt: skip

    def edit(self, style: Style, reference: Style, regions: Sequence[int]) -> Style:
        """Regions change places before the fusion, with their masks and photo: the people need not be aligned (sec. 4.4)."""
        edited = super().edit(style, reference, regions)
        assert isinstance(style, TracedStyle) and isinstance(reference, TracedStyle) and edited.parts is not None
        parsing, photo = laid_together(style, reference, regions)
        people = enumerate(zip(style.origins, reference.origins, strict=True))
        return edited.but(
            pyramid=(self.fuse(edited.parts.flatten(1, 2)),), parsing=parsing, photo=photo,
            origins=tuple(theirs if region in regions else own for region, (own, theirs) in people),
        )  # fmt: skip


class GlobalStyle(StyleEncoder):
    """One encoder for the whole image, the paper's w/o DSE: no parts, and regions serve for nothing but `codes`."""

    def __init__(
        self,
        context: Context,
        *,
        channels: ChannelsOption = 256,
        width: WidthOption = 64,
        stride: StrideOption = 8,
        reach: ReachOption = 0,
        colours: ColoursOption = False,
        vgg_prior: PriorOption = False,
        augment: AugmentOption = STILL,
    ) -> None:
        super().__init__()
        if augment.affine == "region" or augment.drop or augment.guest:
            raise ZooError("an encoder blind to regions cannot move, hide or swap one", where="style scmnet.global",
                           fix="--set style.augment={}", exit_code=2)  # fmt: skip
        self.spec = FeatureSpec((stride,), (channels,), len(context.regions), code_width=channels)
        self.trunk = StyleTrunk(channels, width, stride, reach, colours, prior=context.feature_net if vgg_prior else None)
        self.augment = Augmentation(augment)
        self.background = context.regions.labels.index("background") if "background" in context.regions.labels else None

    def forward(self, source: Person) -> TracedStyle:
        """Needs the source's image; a parsing, where there is one, moves along with it."""
        image, parsing = source_image(source), source.parsing
        whole, undo = (image if parsing is None else torch.cat([image, parsing], 1))[:, None], None
        if self.training:
            whole, undo = moved(whole, self.augment, self._figure(source))
            undo = undo.expand(-1, self.spec.regions, -1, -1, -1)
        features = self.trunk(whole[:, 0, :3])
        parsing = None if parsing is None else whole[:, 0, 3:]
        codes = region_codes(features, parsing, self.spec.regions)
        return TracedStyle(pyramid=(features,), codes=codes, parsing=parsing, photo=whole[:, 0, :3], undo=undo)

    def _figure(self, source: Person) -> Tensor:
        """(B,1,H,W) 1 on the person; everywhere, where there is no parsing or no background to tell it by."""
        if source.parsing is None or self.background is None:
            return torch.ones(len(source), 1, *source.size, device=source.joints.device)
        return 1 - source.parsing[:, self.background, None]


def laid_together(style: Style, reference: Style, regions: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Parsing and photo of a person whose `regions` come from a reference, each where its own photo shows it.

    What is lent lies on top. Where a region was taken off and nothing covers it, the photo is 0, mid-grey, as behind a mask.
    """
    assert style.parsing is not None and reference.parsing is not None
    assert style.photo is not None and reference.photo is not None
    lent = torch.zeros(style.parsing.shape[1], 1, 1, device=style.parsing.device)
    lent[list(regions)] = 1
    theirs = reference.parsing * lent
    covered = theirs.sum(1, keepdim=True)
    own = style.parsing * (1 - lent) * (1 - covered)
    return own + theirs, own.sum(1, keepdim=True) * style.photo + covered * reference.photo


def moved(parts: Tensor, augment: Augmentation, shown: Tensor) -> tuple[Tensor, Tensor]:
    """`parts` (B,R,C,H,W) augmented (see `Augmentation` for `shown`), and where their pixels lay before (B,R,2,H,W)."""
    grid = pixel_grid((parts.shape[-2], parts.shape[-1]), parts)
    both = augment(torch.cat([parts, grid.expand(*parts.shape[:2], -1, -1, -1)], 2), shown)
    return both[:, :, :-2], both[:, :, -2:]
