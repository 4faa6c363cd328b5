"""The photo goes along as a scene (ours): its figure cut out and laid out in the target's pose, over its own background."""

import torch
from torch import Tensor

from zoo.errors import ZooError
from zoo.interfaces import Context, Inner, LaysOut, MergingOperator
from zoo.ops.puppet import puppet_flow
from zoo.ops.scene import laid_over
from zoo.types import Merged, Person, Style
from zoo_base.photo import whole_photo, with_photo


class Scene(MergingOperator, LaysOut):
    """Whatever `inner` merges, and the photo at full size with its figure moved by rigid parts; nothing of that is learned.

    For photographs: the background stays where it was, and is filled where the figure stood. Needs the source's regions. The
    scene joins the finest level if that has stride 1, and is a level of its own in front of it otherwise.
    """

    def __init__(self, context: Context, inner: Inner[MergingOperator]) -> None:
        super().__init__()
        self.inner, self.background = inner(context), context.regions.index("background")
        self.spec = with_photo(self.inner.spec)

    def forward(self, style: Style, source: Person, target: Person) -> Merged:
        merged = self.inner(style, source, target)
        scene = self.lay_out(whole_photo(style, source), source, target)
        finest, *coarser = merged.pyramid
        if self.inner.spec.strides[0] == 1:
            return merged.but(pyramid=(torch.cat([finest, scene], 1), *coarser))
        return merged.but(pyramid=(scene, *merged.pyramid))

    def lay_out(self, photo: Tensor, source: Person, target: Person) -> Tensor:
        return scene_of(photo, source, target, self.background)


def scene_of(photo: Tensor, source: Person, target: Person, background: int) -> Tensor:
    """`photo` (B,3,H,W) of the source with the figure in the target's pose; ZooError where no regions tell the figure."""
    if source.parsing is None:
        raise ZooError("the source has no regions to tell figure from background", where="wrapper base.scene",
                       fix="use data with regions, or wear base.photo", exit_code=2)  # fmt: skip
    figure = 1 - source.parsing[:, background, None]
    flow, there = puppet_flow((source.joints, source.visible), (target.joints, target.visible), figure, source.size)
    return laid_over(photo, figure, flow, there)
