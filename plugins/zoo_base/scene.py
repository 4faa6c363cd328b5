"""The photo goes along as a scene (ours): its figure cut out and laid out in the target's pose, over its own background."""

from typing import Annotated, Literal

import torch
from torch import Tensor

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context, Inner, LaysOut, MergingOperator
from zoo.ops.completion import completed
from zoo.ops.puppet import puppet_flow
from zoo.ops.regions import remap
from zoo.ops.scene import Fill, filled, laid_over
from zoo.ops.sheets import laid_out
from zoo.regions import FIGURE, Vocabulary, figure_table
from zoo.types import Merged, Person, Style
from zoo_base.photo import whole_photo, with_photo


class Scene(MergingOperator, LaysOut):
    """Whatever `inner` merges, and the photo at full size with its figure moved; nothing of that is learned.

    For photographs: the background stays where it was, and is filled where the figure stood. Needs the source's regions. The
    scene joins the finest level if that has stride 1, and is a level of its own in front of it otherwise.
    """

    def __init__(
        self,
        context: Context,
        inner: Inner[MergingOperator],
        *,
        puppet: Annotated[
            Literal["parts", "sheets"],
            Option("how the figure is cut: ten rigid parts, or five sheets that bend, each whole where others hid it", "ours"),
        ] = "parts",
        backdrop: Annotated[
            Literal["means", "patches"],
            Option(
                "what fills the background behind sheets: means of what is around, or patches from elsewhere, slower", "ours"
            ),
        ] = "means",
    ) -> None:
        super().__init__()
        if backdrop == "patches" and puppet == "parts":
            raise ZooError("patches fill the background behind sheets alone", where="wrapper base.scene",
                           fix='puppet = "sheets"', exit_code=2)  # fmt: skip
        self.inner, self.regions, self.puppet = inner(context), context.regions, puppet
        self.fill: Fill = completed if backdrop == "patches" else filled
        self.spec = with_photo(self.inner.spec)

    def forward(self, style: Style, source: Person, target: Person) -> Merged:
        merged = self.inner(style, source, target)
        scene = self.lay_out(whole_photo(style, source), source, target)
        finest, *coarser = merged.pyramid
        if self.inner.spec.strides[0] == 1:
            return merged.but(pyramid=(torch.cat([finest, scene], 1), *coarser))
        return merged.but(pyramid=(scene, *merged.pyramid))

    def lay_out(self, photo: Tensor, source: Person, target: Person) -> Tensor:
        if self.puppet == "parts":
            return scene_of(photo, source, target, self.regions)
        return sheets_laid_out(photo, _parsing(source), source, target, self.regions, self.fill)


def scene_of(photo: Tensor, source: Person, target: Person, regions: Vocabulary) -> Tensor:
    """`photo` (B,3,H,W) of the source with the figure, in ten parts, in the target's pose."""
    figure = 1 - _parsing(source)[:, regions.index("background"), None]
    flow, there = puppet_flow((source.joints, source.visible), (target.joints, target.visible), figure, source.size)
    return laid_over(photo, figure, flow, there)


def sheets_laid_out(
    maps: Tensor, parsing: Tensor, source: Person, target: Person, regions: Vocabulary, fill: Fill = filled
) -> Tensor:
    """Maps (B,C,H,W) of the source, its photo among others, with the figure that `parsing` shows in the target's pose."""
    kinds = remap(parsing, figure_table(regions), len(FIGURE) + 1)[:, : len(FIGURE)]
    return laid_out(maps, kinds, (source.joints, source.visible), (target.joints, target.visible), fill)


def _parsing(source: Person) -> Tensor:
    if source.parsing is None:
        raise ZooError("the source has no regions to tell figure from background", where="wrapper base.scene",
                       fix="use data with regions, or wear base.photo", exit_code=2)  # fmt: skip
    return source.parsing
