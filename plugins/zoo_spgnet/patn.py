"""Pose-attentional transfer networks: SPATN predicts the target's parsing (SPGNet sec. 3.1), PATN-S the image itself."""

from itertools import pairwise
from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context, Generator, MergingOperator, ParsingTransform
from zoo.ops.regions import resize_parsing
from zoo.types import FeatureSpec, Merged, Person, Style
from zoo_base.networks import ConvBlock, Norm, Padding, as_image, gaussian_init, normalisation, stages
from zoo_base.patn import PaddingOption, PoseAttention
from zoo_base.styles import source_image
from zoo_spgnet.generator import target_parsing
from zoo_spgnet.poses import pose_channels, pose_maps

WHITE = 1.0
Width = Annotated[int, Option("channels at full size; the blocks have four times as many", "paper")]
Blocks = Annotated[int, Option("pose-attentional blocks", "paper")]
NormOption = Annotated[Norm, Option("normalisation of the convolutions", "paper")]
Kernel = Annotated[Literal[3, 5, 7], Option("side of the first and last convolutions", "paper")]
Dropout = Annotated[float, Option("share of features dropped inside a block", "paper")]


class SPATN(ParsingTransform):
    """The target's parsing from the source's by `blocks` pose-attentional blocks at 1/4; reads the poses of both people.

    Widths `width`, 2 `width`, then 4 `width` in the blocks; a block's pose stream is as wide, twice that from the second on.
    `limbs` off leaves the limb maps out (the paper's ablation "without distance map"). `kernel` is that of the first and
    last convolutions.
    """

    def __init__(
        self,
        context: Context,
        *,
        width: Width = 64,
        blocks: Blocks = 9,
        norm: NormOption = "instance",
        dropout: Dropout = 0.5,
        limbs: Annotated[bool, Option("read the limbs' distance maps beside the joints'", "ablation")] = True,
        kernel: Kernel = 7,
        padding: PaddingOption = "zeros",
    ) -> None:
        super().__init__()
        regions = len(context.regions)
        self.poses = pose_channels(context.pose_channels, limbs)
        self.transfer = Transfer(self._channels(regions), 2 * self.poses, width, blocks, norm, dropout, kernel, padding)
        self.grow = Enlargement(4 * width, width, regions, norm, kernel)
        gaussian_init(self)

    def _channels(self, regions: int) -> int:
        return regions

    def _picture(self, source: Person) -> Tensor:
        return source_parsing(source)

    def forward(self, source: Person, target: Person) -> Tensor:
        poses = torch.cat([pose_maps(person, self.poses) for person in (source, target)], 1)
        return self._move(self._picture(source), poses)

    def _move(self, picture: Tensor, poses: Tensor) -> Tensor:
        return self.grow(self.transfer(picture, poses))


class ImageSPATN(SPATN):
    """SPATN*, which reads the source's image in place of its parsing (the paper's setting on Market-1501).

    With `canvas` it works on squares of so many pixels: images are brought to that height in the middle of white, as
    DeepFashion's people stand, and the regions found there come back by nearest neighbour. So it can be taught on 256x256 and
    asked at Market-1501's 128x64, which fills columns 64 to 192 of the square, as in the authors' code.
    """

    def __init__(
        self,
        context: Context,
        *,
        width: Width = 64,
        blocks: Blocks = 9,
        norm: NormOption = "instance",
        dropout: Dropout = 0.5,
        limbs: Annotated[bool, Option("read the limbs' distance maps beside the joints'", "ablation")] = True,
        kernel: Kernel = 7,
        padding: PaddingOption = "zeros",
        canvas: Annotated[int, Option("side of the square it works on, a multiple of 4; 0 is the image as it is", "paper")] = 0,
    ) -> None:
        super().__init__(
            context, width=width, blocks=blocks, norm=norm, dropout=dropout, limbs=limbs, kernel=kernel, padding=padding
        )
        self.canvas = canvas
        if canvas % 4:
            raise ZooError(f"a canvas of {canvas} pixels does not halve twice", where="parsing spgnet.spatn_image",
                           fix=f"--set parsing.canvas={canvas // 4 * 4}", exit_code=2)  # fmt: skip

    def _channels(self, regions: int) -> int:
        return 3

    def _picture(self, source: Person) -> Tensor:
        return source_image(source)

    def _move(self, picture: Tensor, poses: Tensor) -> Tensor:
        if not self.canvas:
            return super()._move(picture, poses)
        size = (picture.shape[2], picture.shape[3])
        inner = (side * self.canvas // max(size) for side in size)
        (top, height), (left, width) = (((self.canvas - side) // 2, side) for side in inner)
        beside = (left, self.canvas - left - width, top, self.canvas - top - height)
        enlarged = F.interpolate(picture, (height, width), mode="bilinear", align_corners=False)
        drawn = F.interpolate(poses, (height, width), mode="nearest-exact")
        logits = super()._move(F.pad(enlarged, beside, value=WHITE), F.pad(drawn, beside))
        return F.interpolate(logits[:, :, top : top + height, left : left + width], size, mode="nearest-exact")


class PatnMerge(MergingOperator):
    """PATN's encoders and blocks with parsings as extra inputs: the source's beside the style, the target's beside the poses.

    Reads the finest level of the pyramid, the image itself in the paper's PATN-S, and hands on one level at 1/4, or as coarse
    as what it reads.
    """

    def __init__(
        self,
        context: Context,
        *,
        width: Width = 64,
        blocks: Blocks = 9,
        norm: NormOption = "instance",
        dropout: Dropout = 0.5,
        limbs: Annotated[bool, Option("read all pose maps, not only those of the 18 joints", "ours")] = False,
        kernel: Annotated[Literal[3, 5, 7], Option("side of the first convolutions", "paper")] = 7,
        padding: PaddingOption = "zeros",
    ) -> None:
        super().__init__()
        upstream, regions = context.upstream, len(context.regions)
        stride = max(upstream.strides[0], 4)
        self.poses = pose_channels(context.pose_channels, limbs)
        self.transfer = Transfer(
            upstream.channels[0] + regions, 2 * self.poses + regions, width, blocks, norm, dropout, kernel, padding,
            halvings=(stages(stride // upstream.strides[0]), stages(stride)),
        )  # fmt: skip
        self.spec = FeatureSpec((stride,), (4 * width,), upstream.regions, upstream.code_width)
        gaussian_init(self)

    def forward(self, style: Style, source: Person, target: Person) -> Merged:
        finest = style.pyramid[0]
        picture = torch.cat([finest, resize_parsing(source_parsing(source), (finest.shape[2], finest.shape[3]))], 1)
        poses = [pose_maps(person, self.poses) for person in (source, target)]
        return Merged(pyramid=(self.transfer(picture, torch.cat([*poses, target_parsing(target)], 1)),), codes=style.codes)


class PatnPaint(Generator):
    """PATN's decoder on the finest level: transposed convolutions, widths halving to `width`, then one of `kernel`."""

    def __init__(
        self,
        context: Context,
        *,
        width: Annotated[int, Option("channels before the last convolution", "paper")] = 64,
        norm: NormOption = "instance",
        kernel: Annotated[Literal[3, 5, 7], Option("side of the last convolution", "paper")] = 7,
    ) -> None:
        super().__init__()
        upstream = context.upstream
        self.grow = Enlargement(upstream.channels[0], width, 3, norm, kernel, stages(upstream.strides[0]))
        gaussian_init(self)

    def forward(self, merged: Merged, target: Person) -> Tensor:
        return as_image(self.grow(merged.pyramid[0]))


class Transfer(nn.Module):
    """Two streams on one grid, then `blocks` pose-attentional blocks: (B,I,h,w), (B,P,H,W) -> (B,4 width,H/4,W/4).

    `halvings`: how often either stream is halved to get there.
    """

    def __init__(
        self,
        image: int,
        pose: int,
        width: int,
        blocks: int,
        norm: Norm,
        dropout: float,
        kernel: int,
        padding: Padding,
        halvings: tuple[int, int] = (2, 2),
    ) -> None:
        super().__init__()
        self.image, self.pose = (_stream(*x, width, norm, kernel) for x in zip((image, pose), halvings, strict=True))
        c = 4 * width
        self.blocks = nn.ModuleList(PoseAttention(c, (1 + (i > 0)) * c, norm, dropout, padding) for i in range(blocks))

    def forward(self, image: Tensor, pose: Tensor) -> Tensor:
        x, pose = self.image(image), self.pose(pose)
        for block in self.blocks:
            x, pose = block(x, pose)
        return x


def _stream(inputs: int, halvings: int, width: int, norm: Norm, kernel: int) -> nn.Sequential:
    depth = max(halvings, 2)
    widths = [min(width * 2**i, 4 * width) for i in range(depth + 1)]
    steps = [ConvBlock(a, b, 3, 2 if i >= depth - halvings else 1, norm) for i, (a, b) in enumerate(pairwise(widths))]
    return nn.Sequential(ConvBlock(inputs, width, kernel, norm=norm), *steps)


class Enlargement(nn.Sequential):
    """(B,inputs,h,w) -> (B,outputs,2^n h,2^n w): n `doublings` by transposed convolutions to `width`, then one of `kernel`."""

    def __init__(self, inputs: int, width: int, outputs: int, norm: Norm, kernel: int, doublings: int = 2) -> None:
        widths = [inputs, *(width << i for i in reversed(range(doublings)))]
        layers: list[nn.Module] = []
        for a, b in pairwise(widths):
            layers += [nn.ConvTranspose2d(a, b, 3, 2, 1, output_padding=1), normalisation(norm, b), nn.ReLU()]
        super().__init__(*layers, nn.Conv2d(widths[-1], outputs, kernel, padding=kernel // 2, padding_mode="reflect"))


def source_parsing(source: Person) -> Tensor:
    """The source's parsing (B,R,H,W), or a ZooError."""
    if source.parsing is None:
        raise ZooError(
            "the source has no parsing",
            where="zoo_spgnet.patn",
            fix="use data with regions, or --set parsing=spgnet.spatn_image",
        )
    return source.parsing
