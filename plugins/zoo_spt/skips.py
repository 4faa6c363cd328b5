"""The skips of H_A: deformable (Siarohin et al. 2018) where the maps are fine, straight where they are coarse (sec. 3.3)."""

from zoo.interfaces import Context, MergingOperator
from zoo.types import Fields, Merged, Person, Style
from zoo_base.deform import deform, rigid_motion


class DeformableSkips(MergingOperator):
    """The `levels` finest levels warped by ten rigid parts, max_j m_j F(T_j), the coarser ones as they are; nothing is learned.

    The motion is a function of the two poses. Where a part's mask is 0 the maximum is at least 0: negative features are lost
    there, by design (the next block begins with a ReLU).
    """

    def __init__(self, context: Context, *, levels: int = 4) -> None:
        super().__init__()
        self.spec, self.levels = context.upstream, levels

    def forward(self, style: Style, source: Person, target: Person) -> Merged:
        motion = rigid_motion(source, target)
        fine, coarse = style.pyramid[: self.levels], style.pyramid[self.levels :]
        layers = [motion.at((f.shape[2], f.shape[3])) for f in fine]
        moved = (deform(f, where) for f, where in zip(fine, layers, strict=True))
        flow, visibility = zip(*(where.flow() for where in layers), strict=True)
        return Merged(pyramid=(*moved, *coarse), codes=style.codes, fields=Fields(flow=flow, visibility=visibility))
