"""Spatially adaptive normalisation: the target's regions modulate pose features (SPADE, CVPR 2019; SEAN, CVPR 2020)."""

from typing import Annotated, cast

import torch
from torch import Tensor, nn

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context, MergingOperator
from zoo.ops.regions import region_paint, region_pool, resize_parsing
from zoo.types import Merged, Person, Style
from zoo_base.merges import finest_levels, pose_encoders
from zoo_base.networks import ConvBlock, Norm, gaussian_init, normalisation


class SpadeMerge(MergingOperator):
    """conv1(cat(pose, mean of the style)), then `blocks` residual blocks whose norms read the target's parsing, at each level.

    The style comes in as one vector for the whole person: no texture, no place. Instance norm would take it out again.
    """

    by_region = False

    def __init__(
        self,
        context: Context,
        *,
        levels: Annotated[int, Option("how many of the finest levels are merged", "ours")] = 1,
        blocks: Annotated[int, Option("residual blocks at each level", "ours")] = 2,
        hidden: Annotated[int, Option("channels between the parsing and its scales and shifts", "paper")] = 128,
        width: Annotated[int, Option("channels of the pose encoder's first convolution", "ours")] = 32,
        norm: Annotated[Norm, Option("normalisation that the parsing modulates", "paper")] = "batch",
    ) -> None:
        super().__init__()
        self.spec = finest_levels(context.upstream, levels, "base.sean" if self.by_region else "base.spade")
        self.poses = pose_encoders(self.spec, context.pose_channels, width)
        self.enter = nn.ModuleList(nn.Conv2d(2 * c, c, 1) for c in self.spec.channels)
        code = 1 if self.by_region else 0
        self.levels = nn.ModuleList(
            nn.ModuleList(SpadeBlock(c, self.spec.regions, hidden, norm, code=code * c) for _ in range(blocks))
            for c in self.spec.channels
        )
        gaussian_init(self.enter)

    def forward(self, style: Style, source: Person, target: Person) -> Merged:
        if target.parsing is None:
            raise ZooError("the target has no parsing", where="zoo_base.spade", fix="--set merge=base.concat")
        pyramid = []
        for features, pose, enter, blocks in zip(style.pyramid, self.poses, self.enter, self.levels, strict=False):
            mean = features.mean((-2, -1), keepdim=True).expand_as(features)
            x = enter(torch.cat([pose(target.pose), mean], 1))
            regions, codes = resize_parsing(target.parsing, (x.shape[2], x.shape[3])), self._codes(features, style.parsing)
            for block in cast(nn.ModuleList, blocks):
                x = block(x, regions, codes)
            pyramid.append(x)
        return Merged(pyramid=tuple(pyramid), codes=style.codes)

    def _codes(self, features: Tensor, parsing: Tensor | None) -> Tensor | None:
        return None


class SeanMerge(SpadeMerge):
    """As base.spade, and every region's mean style, laid onto the target's regions, modulates as well (SEAN)."""

    by_region = True

    def _codes(self, features: Tensor, parsing: Tensor | None) -> Tensor | None:
        if parsing is None:
            raise ZooError("the source has no parsing", where="zoo_base.spade", fix="--set merge=base.spade")
        return region_pool(features, parsing)


class SpadeBlock(nn.Module):
    """x + conv3(lrelu(spade(conv3(lrelu(spade(x)))))); with `code` channels the norms read region codes (B,R,code), too."""

    def __init__(self, channels: int, regions: int, hidden: int, norm: Norm, *, code: int = 0) -> None:
        super().__init__()
        self.norms = nn.ModuleList(Spade(channels, regions, hidden, norm, code=code) for _ in range(2))
        self.convolutions = nn.ModuleList(nn.Conv2d(channels, channels, 3, padding=1) for _ in range(2))
        gaussian_init(self.convolutions)

    def forward(self, x: Tensor, parsing: Tensor, codes: Tensor | None = None) -> Tensor:
        y = x
        for norm, convolution in zip(self.norms, self.convolutions, strict=True):
            y = convolution(torch.nn.functional.leaky_relu(norm(y, parsing, codes), 0.2))
        return x + y


class Spade(nn.Module):
    """n (1 + gamma) + beta, n the normalised x (B,C,h,w), gamma and beta convolutions of the parsing (B,R,h,w).

    With `code` channels, gamma and beta are blended by a learnt share each with those of the region codes (B,R,code), which
    pass a linear layer and a ReLU of their region and are laid onto the parsing (SEAN).
    """

    def __init__(
        self, channels: int, regions: int, hidden: int = 128, norm: Norm = "batch", *, kernel: int = 3, code: int = 0
    ) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False) if norm == "batch" else normalisation(norm, channels)
        self.of_parsing = nn.Sequential(
            ConvBlock(regions, hidden, kernel, norm="none"), nn.Conv2d(hidden, 2 * channels, kernel, padding=kernel // 2)
        )
        gaussian_init(self.of_parsing)
        if code:
            self.words = nn.Parameter(torch.randn(regions, code, code) * (2 / code) ** 0.5)
            self.of_codes = nn.Conv2d(code, 2 * channels, kernel, padding=kernel // 2)
            self.share = nn.Parameter(torch.zeros(2))  # of gamma and beta, through a sigmoid
            gaussian_init(self.of_codes)

    def forward(self, x: Tensor, parsing: Tensor, codes: Tensor | None = None) -> Tensor:
        modulation = self.of_parsing(parsing).unflatten(1, (2, -1))
        if codes is not None:
            painted = region_paint(torch.einsum("brd,rde->bre", codes, self.words).relu(), parsing)
            share = self.share.sigmoid().to(modulation.dtype).view(2, 1, 1, 1)  # lerp asks for one dtype
            modulation = torch.lerp(modulation, self.of_codes(painted).unflatten(1, (2, -1)), share)
        gamma, beta = modulation.unbind(1)
        return cast(Tensor, self.norm(x) * (1 + gamma) + beta)
