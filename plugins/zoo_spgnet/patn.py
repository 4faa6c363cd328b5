"""Pose-attentional transfer networks: SPATN predicts the target's parsing (SPGNet sec. 3.1), PATN-S the image itself."""

import torch
from torch import Tensor, nn

from zoo.errors import ZooError
from zoo.interfaces import Context, Generator, MergingOperator, ParsingTransform
from zoo.types import FeatureSpec, Merged, Person, Style
from zoo_base.networks import ConvBlock, Norm, gaussian_init, normalisation
from zoo_base.patn import PoseAttention
from zoo_base.styles import source_image
from zoo_spgnet.generator import target_parsing
from zoo_spgnet.poses import pose_channels, pose_maps


class SPATN(ParsingTransform):
    """The target's parsing from the source's by `blocks` pose-attentional blocks at 1/4; reads the poses of both people.

    Widths `width`, 2 `width`, then 4 `width` in the blocks; a block's pose stream is as wide, twice that from the second on.
    `limbs` off leaves the limb maps out (the paper's ablation "without distance map"). `stem`: kernel of the first
    convolutions (7 in PATN). The last convolution's bias starts at the prior: most pixels are background.
    """

    def __init__(
        self,
        context: Context,
        *,
        width: int = 64,
        blocks: int = 9,
        norm: Norm = "instance",
        dropout: float = 0.5,
        limbs: bool = True,
    ) -> None:
        super().__init__()
        regions = len(context.regions)
        self.poses = pose_channels(context.pose_channels, limbs)
        self.transfer = Transfer(self._channels(regions), 2 * self.poses, width, blocks, norm, dropout)
        self.grow = Enlargement(width, regions, norm)
        gaussian_init(self)

    def _channels(self, regions: int) -> int:
        return regions

    def _picture(self, source: Person) -> Tensor:
        return source_parsing(source)

    def forward(self, source: Person, target: Person) -> Tensor:
        poses = torch.cat([pose_maps(person, self.poses) for person in (source, target)], 1)
        return self.grow(self.transfer(self._picture(source), poses))


class ImageSPATN(SPATN):
    """SPATN*, which reads the source's image in place of its parsing (the paper's setting on Market-1501)."""

    def _channels(self, regions: int) -> int:
        return 3

    def _picture(self, source: Person) -> Tensor:
        return source_image(source)


class PatnMerge(MergingOperator):
    """PATN's encoders and blocks with parsings as extra inputs: the source's beside the style, the target's beside the poses.

    Reads the finest level of the pyramid, at full size: the image itself in the paper's PATN-S. Hands on one level at 1/4.
    """

    def __init__(
        self,
        context: Context,
        *,
        width: int = 64,
        blocks: int = 9,
        norm: Norm = "instance",
        dropout: float = 0.5,
        limbs: bool = False,
    ) -> None:
        super().__init__()
        upstream = context.upstream
        if upstream.strides[0] != 1:
            raise ZooError(f"spgnet.patn reads a style at full size, not at 1/{upstream.strides[0]}", where="merge spgnet.patn",
                           fix="--set style=base.pixels", exit_code=2)  # fmt: skip
        self.poses, regions = pose_channels(context.pose_channels, limbs), len(context.regions)
        self.transfer = Transfer(upstream.channels[0] + regions, 2 * self.poses + regions, width, blocks, norm, dropout)
        self.spec = FeatureSpec((4,), (4 * width,), upstream.regions, upstream.code_width)
        gaussian_init(self)

    def forward(self, style: Style, source: Person, target: Person) -> Merged:
        poses = [pose_maps(person, self.poses) for person in (source, target)]
        picture = torch.cat([style.pyramid[0], source_parsing(source)], 1)
        moved = self.transfer(picture, torch.cat([*poses, target_parsing(target)], 1))
        return Merged(pyramid=(moved,), codes=style.codes)


class PatnPaint(Generator):
    """PATN's decoder: two transposed convolutions and a 7x7 one, tanh, on a level at 1/4."""

    def __init__(self, context: Context, *, norm: Norm = "instance") -> None:
        super().__init__()
        upstream = context.upstream
        if 4 not in upstream.strides:
            raise ZooError(f"spgnet.patn_paint reads a level at 1/4, there are {upstream.strides}",
                           where="generator spgnet.patn_paint", fix="--set merge=spgnet.patn", exit_code=2)  # fmt: skip
        self.level = upstream.strides.index(4)
        self.grow = Enlargement(max(upstream.channels[self.level] // 4, 1), 3, norm, upstream.channels[self.level])
        gaussian_init(self)

    def forward(self, merged: Merged, target: Person) -> Tensor:
        return torch.tanh(self.grow(merged.pyramid[self.level]))


class Transfer(nn.Module):
    """Two streams down to 1/4, then `blocks` pose-attentional blocks: (B,I,H,W), (B,P,H,W) -> (B,4 width,H/4,W/4)."""

    def __init__(self, image: int, pose: int, width: int, blocks: int, norm: Norm, dropout: float) -> None:
        super().__init__()
        self.image, self.pose = (
            nn.Sequential(
                ConvBlock(inputs, width, 7, norm=norm),
                ConvBlock(width, 2 * width, 3, 2, norm),
                ConvBlock(2 * width, 4 * width, 3, 2, norm),
            )
            for inputs in (image, pose)
        )
        c = 4 * width
        self.blocks = nn.ModuleList(PoseAttention(c, (1 + (i > 0)) * c, norm, dropout) for i in range(blocks))

    def forward(self, image: Tensor, pose: Tensor) -> Tensor:
        x, pose = self.image(image), self.pose(pose)
        for block in self.blocks:
            x, pose = block(x, pose)
        return x


class Enlargement(nn.Sequential):
    """(B,`inputs`,h,w), by default 4 `width` of them, -> (B,outputs,4h,4w): two transposed convolutions, then a 7x7 one."""

    def __init__(self, width: int, outputs: int, norm: Norm, inputs: int = 0) -> None:
        layers: list[nn.Module] = []
        for a, b in ((inputs or 4 * width, 2 * width), (2 * width, width)):
            layers += [nn.ConvTranspose2d(a, b, 3, 2, 1, output_padding=1), normalisation(norm, b), nn.ReLU()]
        super().__init__(*layers, nn.Conv2d(width, outputs, 7, padding=3, padding_mode="reflect"))


def source_parsing(source: Person) -> Tensor:
    """The source's parsing (B,R,H,W), or a ZooError."""
    if source.parsing is None:
        raise ZooError("the source has no parsing", where="zoo_spgnet.patn", fix="use data with regions, or parsing=spgnet.spatn_image")
    return source.parsing
