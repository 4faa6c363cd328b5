"""Flow starts from the skeletons (ours): what the joints already say of the motion need not be learned."""

from collections.abc import Sequence
from typing import Annotated

import torch
from torch import Tensor

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context, Inner, MergingOperator
from zoo.ops.motion import expected_flow
from zoo.ops.rigid import PARTS
from zoo.ops.skinning import skinned_flow
from zoo.ops.warp import resize_flow, warp
from zoo.types import Fields, Merged, Person, Style

EVERY_PART = range(len(PARTS))


class FlowStart:
    """Where the rigid parts of two skeletons say a pixel was (`skinned_flow`), and how far learning may lead from there."""

    def __init__(self, leash: float) -> None:
        self.leash = leash

    def __call__(
        self,
        source: Person,
        target: Person,
        to: tuple[int, int] | None = None,
        parts: Sequence[int] = EVERY_PART,
    ) -> Tensor:
        """(B,2,h,w) by these `parts` alone, in pixels of maps of the size `to`, by default the image's."""
        people = (source.joints, source.visible), (target.joints, target.visible)
        return skinned_flow(*people, target.size, to=to, groups=[parts])[:, 0]

    def held(self, learned: Tensor, height: float) -> Tensor:
        """A learned flow bent to less than `leash` of the `height` in its own pixels: one that left would never come back."""
        most = self.leash * height
        return most * torch.tanh(learned / most) if self.leash else learned


class LearnsFlow(MergingOperator):
    """A merging operator that adds what it learns of the flow to `start`, if it is given one."""

    learns: bool = True  # an option may turn the learning off

    def forward(self, style: Style, source: Person, target: Person, start: FlowStart | None = None) -> Merged:
        """`start` tells the flow to begin from; without one it is zero."""
        raise NotImplementedError


class FromSkeletons(MergingOperator):
    """The flow that `inner` learns starts where the skeletons alone say a pixel was.

    Any other operator is handed the style already moved there, of a source in the target's pose; its own motion comes on top.
    """

    def __init__(
        self,
        context: Context,
        inner: Inner[MergingOperator],
        *,
        leash: Annotated[
            float, Option("how far learning may lead from there, as a share of the height; 0 is any distance", "ours")
        ] = 0.0,
    ) -> None:
        super().__init__()
        self.inner, self.start = inner(context), FlowStart(leash)
        self.spec = self.inner.spec
        self.learns = isinstance(self.inner, LearnsFlow) and self.inner.learns
        if leash and not self.learns:
            raise ZooError("leash means nothing around an operator that learns no flow", where="wrapper base.skeletons",
                           fix="--set merge.wear.skeletons.leash=0.0", exit_code=2)  # fmt: skip

    def forward(self, style: Style, source: Person, target: Person) -> Merged:
        if self.learns:
            return self.inner(style, source, target, start=self.start)
        flow = self.start(source, target)
        merged = self.inner(moved_style(style, flow), moved_person(source, target, flow), target)
        return merged.but(fields=followed(merged.fields, flow))


def moved_style(style: Style, flow: Tensor) -> Style:
    """The style along `flow` (B,2,H,W), in pixels of the image."""
    return style.but(
        pyramid=tuple(_moved(level, flow) for level in style.pyramid),
        parsing=None if style.parsing is None else _moved(style.parsing, flow),
        photo=None if style.photo is None else _moved(style.photo, flow),
        parts=None if style.parts is None else _moved(style.parts, flow),
    )


def moved_person(source: Person, target: Person, flow: Tensor) -> Person:
    """The source in the target's pose."""
    return source.but(
        joints=target.joints, visible=target.visible, pose=target.pose,
        image=None if source.image is None else _moved(source.image, flow),
        parsing=None if source.parsing is None else _moved(source.parsing, flow),
    )  # fmt: skip


def followed(fields: Fields, first: Tensor) -> Fields:
    """The `fields` of an operator whose style had moved along `first` (B,2,H,W): first(x + own(x)) + own(x), as flows."""
    size = (first.shape[2], first.shape[3])
    own = fields.flow
    if not own and fields.correlation is not None:
        own = (expected_flow(fields.correlation, size)[:, None],)
    return fields.but(flow=tuple(_after(flow, first) for flow in own) or (first[:, None],), correlation=None)


def _after(own: Tensor, first: Tensor) -> Tensor:
    start = resize_flow(first, (own.shape[3], own.shape[4]))
    return torch.stack([flow + warp(start, flow, "border") for flow in own.unbind(1)], 1)


def _moved(map: Tensor, flow: Tensor) -> Tensor:
    """A map (B,...,h,w) along `flow` (B,2,H,W), in pixels of the image."""
    flat = map.flatten(1, -3)
    return warp(flat, resize_flow(flow, (map.shape[-2], map.shape[-1])), "border").view_as(map)
