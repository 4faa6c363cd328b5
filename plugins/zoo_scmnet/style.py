"""Decomposed Style Encoder: one shared encoder over the masked regions, fused across channels (SCM-Net sec. 3.2)."""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from zoo.errors import ZooError
from zoo.interfaces import Context, StyleEncoder
from zoo.ops.regions import region_codes
from zoo.ops.warp import pixel_grid
from zoo.types import FeatureSpec, Person, Style
from zoo_scmnet.augment import Augmentation
from zoo_scmnet.trunk import Fusion, StyleTrunk, own_pixels

HEAD = ("face", "hair")
LIMBS = ("arms", "legs", "l_arm", "r_arm", "l_leg", "r_leg", "l_shoe", "r_shoe", "skin")


class DecomposedStyle(StyleEncoder):
    """F_s = CCF(E_s(I * S_1), ..., E_s(I * S_R)) with `channels` channels, `channels // R` of them per region before CCF.

    `Style.parts` (B,R,channels // R,h,w) are the regions before fusion, `codes` (B,R,channels) the region means of F_s.
    `fuse=False` is the paper's w/o CCF, `fuse_start` how CCF is initialised. With `pixels` (ours) the pixels of each cell stand
    beside its features, 3 stride^2 channels more in F_s and in each part, past CCF, so that texture is moved too. The options
    from `affine` on act in training only: see `Augmentation`.
    """

    def __init__(
        self,
        context: Context,
        *,
        channels: int = 256,
        width: int = 64,
        stride: Literal[1, 2, 4, 8, 16] = 8,
        reach: int = 0,
        fuse: bool = True,
        fuse_start: Literal["random", "identity"] = "random",
        pixels: bool = False,
        vgg_prior: bool = False,
        affine: Literal["none", "image", "region"] = "none",
        rotate: float = 20.0,
        zoom: float = 0.2,
        shift: float = 0.1,
        bend: float = 0.0,
        flip: bool = False,
        region_drop: float = 0.0,
        face_guest: float = 0.0,
        shuffle_rows: bool = False,
    ) -> None:
        super().__init__()
        regions = len(context.regions)
        part, self.pixels = channels // regions, 3 * stride**2 if pixels else 0
        out = (channels if fuse else part * regions) + self.pixels
        self.spec = FeatureSpec((stride,), (out,), regions, code_width=out, groups=1 if fuse or pixels else regions)
        self.trunk = StyleTrunk(part, width, stride, reach, prior=context.feature_net if vgg_prior else None)
        self.fuse = Fusion(part * regions, channels, identity=fuse_start == "identity") if fuse else nn.Identity()
        labels = context.regions.labels
        limbs = tuple(i for i, label in enumerate(labels) if label in (*HEAD, *LIMBS))
        faces = tuple(i for i, label in enumerate(labels) if label == "face")
        self.augment = Augmentation(
            affine, rotate, zoom, shift, bend, flip, region_drop, limbs, face_guest, faces, shuffle_rows
        )  # fmt: skip

    def forward(self, source: Person) -> Style:
        """Needs the source's image and parsing; ZooError without."""
        image, parsing = _image(source), source.parsing
        if parsing is None:
            raise ZooError(
                "the source has no parsing", where="scmnet.decomposed", fix="use data with regions, or style=scmnet.global"
            )
        masks = parsing[:, :, None]
        masked, undo = torch.cat([image[:, None] * masks, masks], 2), None  # a masked-out pixel is 0, mid-grey
        if self.training:
            masked, undo = moved(masked, self.augment, parsing)
        parts = self.trunk(masked[:, :, :3].flatten(0, 1)).unflatten(0, parsing.shape[:2])
        if self.pixels:
            parts = torch.cat([parts, own_pixels(masked[:, :, :3], parts.shape[-2:])], 2)
        fused, parsing = self._fused(parts), masked[:, :, 3]
        codes = region_codes(fused, parsing, self.spec.regions)
        return Style(pyramid=(fused,), codes=codes, parsing=parsing, parts=parts, undo=undo)

    def edit(self, style: Style, reference: Style, regions: Sequence[int]) -> Style:
        """Regions change places before the fusion, so the two people need not be aligned (SCM-Net sec. 4.4)."""
        edited = super().edit(style, reference, regions)
        assert edited.parts is not None
        return edited.but(pyramid=(self._fused(edited.parts),))

    def _fused(self, parts: Tensor) -> Tensor:
        features, pixels = parts.split([parts.shape[2] - self.pixels, self.pixels], 2)
        return torch.cat([self.fuse(features.flatten(1, 2)), pixels.sum(1)], 1)


class GlobalStyle(StyleEncoder):
    """One encoder for the whole image, the paper's w/o DSE: no parts, and regions serve for nothing but `codes`."""

    def __init__(
        self,
        context: Context,
        *,
        channels: int = 256,
        width: int = 64,
        stride: Literal[1, 2, 4, 8, 16] = 8,
        reach: int = 0,
        pixels: bool = False,
        vgg_prior: bool = False,
        affine: Literal["none", "image"] = "none",
        rotate: float = 20.0,
        zoom: float = 0.2,
        shift: float = 0.1,
        bend: float = 0.0,
        flip: bool = False,
    ) -> None:
        super().__init__()
        self.pixels, out = pixels, channels + (3 * stride**2 if pixels else 0)
        self.spec = FeatureSpec((stride,), (out,), len(context.regions), code_width=out)
        self.trunk = StyleTrunk(channels, width, stride, reach, prior=context.feature_net if vgg_prior else None)
        self.augment = Augmentation(affine, rotate, zoom, shift, bend, flip)
        self.background = context.regions.labels.index("background") if "background" in context.regions.labels else None

    def forward(self, source: Person) -> Style:
        """Needs the source's image; a parsing, where there is one, moves along with it."""
        image, parsing = _image(source), source.parsing
        whole, undo = (image if parsing is None else torch.cat([image, parsing], 1))[:, None], None
        if self.training:
            whole, undo = moved(whole, self.augment, self._figure(source))
            undo = undo.expand(-1, self.spec.regions, -1, -1, -1)
        features = self.trunk(whole[:, 0, :3])
        if self.pixels:
            features = torch.cat([features, own_pixels(whole[:, 0, :3], features.shape[-2:])], 1)
        parsing = None if parsing is None else whole[:, 0, 3:]
        codes = region_codes(features, parsing, self.spec.regions)
        return Style(pyramid=(features,), codes=codes, parsing=parsing, undo=undo)

    def _figure(self, source: Person) -> Tensor:
        """(B,1,H,W) 1 on the person; everywhere, where there is no parsing or no background to tell it by."""
        if source.parsing is None or self.background is None:
            return torch.ones(len(source), 1, *source.size, device=source.joints.device)
        return 1 - source.parsing[:, self.background, None]


def moved(parts: Tensor, augment: Augmentation, shown: Tensor) -> tuple[Tensor, Tensor]:
    """`parts` (B,R,C,H,W) augmented (see `Augmentation` for `shown`), and where their pixels lay before (B,R,2,H,W)."""
    grid = pixel_grid((parts.shape[-2], parts.shape[-1]), parts)
    both = augment(torch.cat([parts, grid.expand(*parts.shape[:2], -1, -1, -1)], 2), shown)
    return both[:, :, :-2], both[:, :, -2:]


def _image(source: Person) -> Tensor:
    if source.image is None:
        raise ZooError("the source has no image", where="zoo_scmnet.style", fix="give Person(image=...)")
    return source.image
