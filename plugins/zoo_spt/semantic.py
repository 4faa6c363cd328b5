"""Semantic parsing transformation H_S: the source's regions, moved into the target's pose (SPT sec. 3.2)."""

from typing import Annotated

import torch
from torch import Tensor
from torch.nn import functional as F

from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.interfaces import Context, Growing, ParsingTransform
from zoo.types import Person
from zoo_spt.appearance import Drop
from zoo_spt.masks import pose_mask
from zoo_spt.networks import DownPath, PathNorm, UpPath, lively_init, widths_of

UNLIKELY = 1e-6


class SemanticTransform(ParsingTransform):
    """H_S = G_S(E_S(S_ps, p_s, M_ps), E_P(p_t, M_pt)): a U-Net with two encoders, whose maps are joined level by level.

    M are pose masks. With `scale` it works on images that much smaller: the paper's joint training runs at 128 px, and when the
    appearance grows to 256 the probabilities are enlarged for it (sec. 4.1; see `GrowingParsing`).
    """

    def __init__(
        self,
        context: Context,
        *,
        width: Annotated[int, Option("channels at full size; they double with each halving", "paper")] = 64,
        cap: Annotated[int, Option("most channels of a level", "paper")] = 512,
        depth: Annotated[int, Option("halvings", "paper")] = 5,
        scale: Annotated[int, Option("work on images that much smaller, and enlarge the result", "paper")] = 1,
        norm: Annotated[PathNorm, Option("normalisation of the convolutions", "paper")] = "sample",
        dropout: Annotated[float, Option("share of features dropped on the way up", "paper")] = 0.5,
        drop: Drop = "values",
    ) -> None:
        super().__init__()
        self.scale, self.enlarge = scale, GrowingParsing() if scale > 1 else None
        widths, regions, pose = widths_of(width, cap, depth), len(context.regions), context.pose_channels + 1
        self.source_encoder = DownPath(regions + pose, widths, norm)
        self.pose_encoder = DownPath(pose, widths, norm)
        self.decoder = UpPath([2 * w for w in widths], widths, regions, norm, dropout, drop)
        lively_init(self)

    def forward(self, source: Person, target: Person) -> Tensor:
        """Logits (B,R,H,W). ZooError unless the source has a parsing and both have their pose drawn."""
        if source.parsing is None or source.pose is None or target.pose is None:
            raise ZooError("the source has no parsing, or a pose is not drawn", where="spt.semantic",
                           fix="use data with regions: --source-parsing of a photo")  # fmt: skip
        known = self._reduced(torch.cat([source.parsing, source.pose, pose_mask(source)], 1))
        wanted = self._reduced(torch.cat([target.pose, pose_mask(target)], 1))
        levels = zip(self.source_encoder(known), self.pose_encoder(wanted), strict=True)
        logits = self.decoder([torch.cat(level, 1) for level in levels])
        return logits if self.enlarge is None else self.enlarge(logits, target.size)

    def _reduced(self, x: Tensor) -> Tensor:
        return x if self.scale == 1 else F.avg_pool2d(x, self.scale)


class GrowingParsing(Growing):
    """Logits (B,R,h,w) at `size`: each repeated until the appearance grows, then those of the interpolated probabilities."""

    def forward(self, logits: Tensor, size: tuple[int, int]) -> Tensor:
        if not self.growing:
            return F.interpolate(logits, size, mode="nearest")
        likely = F.interpolate(logits.softmax(1), size, mode="bilinear", align_corners=False)
        return likely.clamp_min(UNLIKELY).log()
