"""The skips of H_A: deformable (Siarohin et al. 2018) where the maps are fine, straight where they are coarse (sec. 3.3)."""

from dataclasses import replace
from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context, MergingOperator
from zoo.ops.rigid import HeadFit
from zoo.ops.skinning import skinned_flow
from zoo.ops.warp import warp
from zoo.types import Fields, Merged, Person, Style
from zoo_base.deform import Face, deform, kept_photo, rigid_motion

FEW = 1e-6


class DeformableSkips(MergingOperator):
    """The `levels` finest levels warped by ten rigid parts, max_j m_j F(T_j), the coarser ones as they are; nothing is learned.

    The motion is a function of the two poses. Where a part's mask is 0 the maximum is at least 0: negative features are lost
    there, by design (the next block begins with a ReLU). The torso's part moves the background too: beyond the source's edges
    is nothing, or with `edge` "repeat" (ours) what is at the edge, so that a turned picture has no frame.

    With `ground` "background" (ours) a torso turned to its side does not drag the picture along: its part is its quad alone,
    what no part covers moves with the parts nearby (`skinned_flow`), and where the target's parsing shows no figure is the
    source's background in place (`ground_of`). `head` "upright" (ours) does not stretch a head that turns (`part_affines`).
    """

    def __init__(
        self,
        context: Context,
        *,
        levels: Annotated[int, Option("how many of the finest levels are warped", "paper")] = 4,
        edge: Annotated[
            Literal["zero", "repeat"], Option("beyond the source's edges is nothing, or what is at the edge (ours)", "ours")
        ] = "zero",
        ground: Annotated[
            Literal["torso", "background"], Option("what moves with the torso: everything, or the figure alone (ours)", "ours")
        ] = "torso",
        face: Annotated[
            Face,
            Option("round which face joints the head's mask lies: both people's, or all of the target's (Def-GAN)", "paper"),
        ] = "shared",
        head: Annotated[HeadFit, Option("how the head moves: stretched, or upright (ours)", "ours")] = "affine",
    ) -> None:
        super().__init__()
        self.spec = replace(context.upstream, photo=kept_photo(context.upstream))
        self.levels, self.edge, self.head, self.face = levels, edge, head, face
        self.background = context.regions.labels.index("background") if ground == "background" else None

    def forward(self, style: Style, source: Person, target: Person) -> Merged:
        fine, coarse = style.pyramid[: self.levels], style.pyramid[self.levels :]
        motion = rigid_motion(source, target, head=self.head, face=self.face)
        layers = [motion.at((f.shape[2], f.shape[3]), whole_torso=self.background is None) for f in fine]
        reads = [where.repeated() for where in layers] if self.edge == "repeat" else layers
        moved = [deform(f, where) for f, where in zip(fine, reads, strict=True)]
        flows, visibility = map(list, zip(*(where.flow() for where in layers), strict=True))
        if self.background is not None:
            ground_there = self._ground(target)
            for level, (features, where) in enumerate(zip(fine, layers, strict=True)):
                covered, near = where.numbers[:, :1] > 0, self._nearby(features, source, target)
                flows[level] = torch.where(covered[:, None], flows[level], near)
                figure = torch.where(covered, moved[level], warp(features, near[:, 0], "border"))
                ground = ground_of(features, self._ground(source))
                shown = F.adaptive_avg_pool2d(ground_there, (features.shape[2], features.shape[3]))
                moved[level] = (figure + (ground - figure) * shown).to(features.dtype)
        fields = Fields(flow=tuple(flows), visibility=tuple(visibility))
        return Merged(pyramid=(*moved, *coarse), codes=style.codes, fields=fields)

    def _nearby(self, features: Tensor, source: Person, target: Person) -> Tensor:
        people = (source.joints, source.visible), (target.joints, target.visible)
        return skinned_flow(*people, target.size, to=(features.shape[2], features.shape[3]))

    def _ground(self, person: Person) -> Tensor:
        """(B,1,H,W) 1 where a person's parsing shows no figure."""
        if person.parsing is None:
            raise ZooError("a person has no parsing to tell figure from background", where="merge spt.skips",
                           fix="--set merge.ground=torso, or a parsing transform", exit_code=2)  # fmt: skip
        assert self.background is not None
        return person.parsing[:, self.background, None]


def ground_of(features: Tensor, background: Tensor) -> Tensor:
    """The background of `features` (B,C,h,w), and what is around it where the figure stood; `background` (B,1,H,W) is 1 on it.

    Around is within a quarter of the side, else anywhere. A pixel beside the figure shows some of it, whatever its label, and
    counts as figure.
    """
    size = (features.shape[2], features.shape[3])
    shown = F.adaptive_avg_pool2d(-F.max_pool2d(-background, 3, stride=1, padding=1), size)
    seen = features * shown
    mean = seen.sum((2, 3), keepdim=True) / shown.sum((2, 3), keepdim=True).clamp_min(FEW)
    around = (_spread(seen) + FEW * mean) / (_spread(shown) + FEW)
    return (around + (features - around) * shown).to(features.dtype)


def _spread(x: Tensor) -> Tensor:
    """Sums over what is within a quarter of the side, of what is in the picture, up to a constant."""
    reach = (x.shape[2] // 4, x.shape[3] // 4)
    down = F.avg_pool2d(x, (2 * reach[0] + 1, 1), 1, (reach[0], 0))
    return F.avg_pool2d(down, (1, 2 * reach[1] + 1), 1, (0, reach[1]))
