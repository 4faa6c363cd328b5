"""The skips of H_A: deformable (Siarohin et al. 2018) where the maps are fine, straight where they are coarse (sec. 3.3)."""

from typing import Literal

from zoo.interfaces import Context, MergingOperator
from zoo.types import Fields, Merged, Person, Style
from zoo_base.deform import deform, rigid_motion


class DeformableSkips(MergingOperator):
    """The `levels` finest levels warped by ten rigid parts, max_j m_j F(T_j), the coarser ones as they are; nothing is learned.

    The motion is a function of the two poses. Where a part's mask is 0 the maximum is at least 0: negative features are lost
    there, by design (the next block begins with a ReLU). The torso's part moves the background too: beyond the source's edges
    is nothing, or with `edge` "repeat" (ours) what is at the edge, so that a turned picture has no frame.
    """

    def __init__(self, context: Context, *, levels: int = 4, edge: Literal["zero", "repeat"] = "zero") -> None:
        super().__init__()
        self.spec, self.levels, self.edge = context.upstream, levels, edge

    def forward(self, style: Style, source: Person, target: Person) -> Merged:
        motion = rigid_motion(source, target)
        fine, coarse = style.pyramid[: self.levels], style.pyramid[self.levels :]
        layers = [motion.at((f.shape[2], f.shape[3])) for f in fine]
        reads = [where.repeated() for where in layers] if self.edge == "repeat" else layers
        moved = (deform(f, where) for f, where in zip(fine, reads, strict=True))
        flow, visibility = zip(*(where.flow() for where in layers), strict=True)
        return Merged(pyramid=(*moved, *coarse), codes=style.codes, fields=Fields(flow=flow, visibility=visibility))
