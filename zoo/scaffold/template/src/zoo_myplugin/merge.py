"""A merging operator: moves the style into the target's geometry. `zoo.interfaces.MergingOperator` is the contract."""

from typing import Annotated

import torch
from torch import Tensor, nn

from zoo.hookspecs import Option
from zoo.interfaces import Context, MergingOperator
from zoo.ops.maps import scale_joints
from zoo.ops.warp import pixel_grid, warp
from zoo.types import Fields, Merged, Person, Style


class JointMerge(MergingOperator):
    """Every target pixel looks where its nearest joints came from: flow(p) = sum_j w_j(p) (source_j - target_j).

    w is a softmax over the joints both poses show, of -d^2 / 2 reach^2; `reach` is a share of the map's height.
    """

    # Keyword-only arguments are the options that recipes set and `zoo show` prints: what each means, and who asks for it.
    def __init__(
        self,
        context: Context,
        *,
        reach: Annotated[float, Option("how far a joint reaches, as a share of the map's height", "ours")] = 0.05,
    ) -> None:
        super().__init__()
        self.spec = context.upstream  # what the generator will be built from: here the style's own shapes
        self.reach = reach
        self.polish = nn.ModuleList(nn.Conv2d(c, c, 1) for c in self.spec.channels)

    def forward(self, style: Style, source: Person, target: Person) -> Merged:
        """`target` has joints and a drawn pose, never an image; its parsing only if the recipe predicts one."""
        flows = tuple(self._flow(source, target, (level.shape[-2], level.shape[-1])) for level in style.pyramid)
        levels = zip(style.pyramid, flows, self.polish, strict=True)
        pyramid = tuple(polish(warp(level, flow, "border")) for level, flow, polish in levels)
        fields = Fields(flow=tuple(flow[:, None] for flow in flows))  # evidence for scores and losses: one part per level
        return Merged(pyramid=pyramid, codes=style.codes, fields=fields)

    def _flow(self, source: Person, target: Person, size: tuple[int, int]) -> Tensor:
        shown = source.visible & target.visible
        start, end = (_placed(person, shown, size) for person in (source, target))
        distance = (pixel_grid(size, end) - end[..., None, None]).square().sum(2)  # (B,18,h,w)
        nearness = -distance / (2 * (self.reach * size[0]) ** 2)
        weight = nearness.masked_fill(~shown[..., None, None], -1e9).softmax(1)
        return torch.einsum("bjhw,bjc->bchw", weight, start - end)


def _placed(person: Person, shown: Tensor, size: tuple[int, int]) -> Tensor:
    # a joint that is not visible may hold anything, NaN included
    return torch.where(shown[..., None], scale_joints(person.joints, person.size, size), 0.0)
