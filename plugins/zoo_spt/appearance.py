"""Appearance generation H_A: what the source looks like, and the image in the target's pose and regions (SPT sec. 3.3).

Between the two the merging operator moves the encoder's levels: the deformable skips of Siarohin et al. (2018).
"""

from typing import Annotated, ClassVar

import torch
from torch import Tensor, nn

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context, Generator, StyleEncoder
from zoo.ops.regions import region_codes
from zoo.types import FeatureSpec, Merged, Person, Style
from zoo_base.networks import as_image, gaussian_init, stages
from zoo_base.styles import source_image
from zoo_spt.networks import DownPath, Dropped, GrowingDownPath, GrowingUpPath, PathNorm, UpPath, lively_init, widths_of

Width = Annotated[int, Option("channels at full size; they double with each halving", "paper")]
Cap = Annotated[int, Option("most channels of a level", "paper")]
NormOption = Annotated[PathNorm, Option("normalisation of the convolutions", "paper")]
Drop = Annotated[Dropped, Option("what dropout drops: single values, or whole maps as in the authors' code", "paper")]
Grow = Annotated[bool, Option("one finer level more, which fades in (sec. 4.1)", "paper")]


class AppearanceStyle(StyleEncoder):
    """E_A(I_ps, S_ps, p_s): levels at strides 1 ... 2^depth, none past an activation.

    With `grow` there is one level more: the net above works at half size, and a finer level fades in (sec. 4.1).
    """

    reads_parsing: ClassVar[bool] = True

    def __init__(
        self,
        context: Context,
        *,
        width: Width = 64,
        cap: Cap = 512,
        depth: Annotated[int, Option("halvings", "paper")] = 5,
        norm: NormOption = "sample",
        grow: Grow = False,
    ) -> None:
        super().__init__()
        widths, regions = widths_of(width, cap, depth), len(context.regions)
        self.labels = foreground(context) if self.reads_parsing else []
        self.encoder = _encoder(3 + len(self.labels) + context.pose_channels, widths, norm, grow)
        channels = (width // 2, *widths) if grow else tuple(widths)
        self.spec = FeatureSpec(tuple(2**k for k in range(len(channels))), channels, regions, code_width=channels[0])
        lively_init(self)

    def forward(self, source: Person) -> Style:
        """Needs the source's image and drawn pose, and its parsing unless it reads none."""
        assert source.pose is not None, "the model draws it"
        maps = torch.cat([source_image(source), *shown_regions(source, self.labels), source.pose], 1)
        levels = self.encoder(maps)
        codes = region_codes(levels[0], source.parsing, self.spec.regions)
        return Style(pyramid=tuple(levels), codes=codes, parsing=source.parsing)


class PlainStyle(AppearanceStyle):
    """E_A without the parsing: the paper's baseline."""

    reads_parsing = False


class AppearanceGenerator(Generator):
    """G_A(style in the target's pose, E'_S(p_t, S_t)): ways up from the coarsest level, joined by the levels of both.

    The merged levels join where their strides are; `depth` grows with the coarsest of them. `grow` as in the style encoder.
    """

    reads_parsing: ClassVar[bool] = True

    def __init__(
        self,
        context: Context,
        *,
        width: Width = 64,
        cap: Cap = 512,
        depth: Annotated[int, Option("halvings of the target's encoder", "paper")] = 5,
        norm: NormOption = "sample",
        dropout: Annotated[float, Option("share of features dropped on the way up", "paper")] = 0.5,
        drop: Drop = "values",
        grow: Grow = False,
        quiet: Annotated[bool, Option("paints next to nothing at first, so that a photo below speaks first", "ours")] = False,
    ) -> None:
        super().__init__()
        spec = context.upstream
        self.levels = [stages(stride) for stride in spec.strides]
        widths = widths_of(width, cap, max(depth, max(self.levels) - grow))
        self.labels = foreground(context) if self.reads_parsing else []
        self.encoder = _encoder(len(self.labels) + context.pose_channels, widths, norm, grow)
        own = [width // 2, *widths] if grow else widths
        joined = [w + sum(c for c, at in zip(spec.channels, self.levels, strict=True) if at == k) for k, w in enumerate(own)]
        self.decoder = (GrowingUpPath if grow else UpPath)(joined, widths, 3, norm, dropout, drop)
        lively_init(self)
        if quiet:
            gaussian_init(self.decoder.head, std=0.005)

    def forward(self, merged: Merged, target: Person) -> Tensor:
        assert target.pose is not None, "the model draws it"
        own = self.encoder(torch.cat([*shown_regions(target, self.labels), target.pose], 1))
        moved = list(zip(self.levels, merged.pyramid, strict=True))
        image = self.decoder([torch.cat([*(m for at, m in moved if at == k), level], 1) for k, level in enumerate(own)])
        return as_image(image)


class PlainGenerator(AppearanceGenerator):
    """G_A with a target encoder that sees the pose alone: the paper's baseline."""

    reads_parsing = False


def foreground(context: Context) -> list[int]:
    """The channels of the parsing that a network of H_A is shown: all but the background."""
    return [k for k, label in enumerate(context.regions.labels) if label != "background"]


def shown_regions(person: Person, labels: list[int]) -> list[Tensor]:
    """The regions `labels` (B,L,H,W) of a person, nothing if none are wanted; ZooError when there is no parsing."""
    if not labels:
        return []
    if person.parsing is None:
        raise ZooError("a person has no parsing", where="zoo_spt", fix="use data with regions and a parsing transform")
    return [person.parsing[:, labels]]


def _encoder(inputs: int, widths: list[int], norm: PathNorm, grow: bool) -> nn.Module:
    return (GrowingDownPath if grow else DownPath)(inputs, widths, norm)
