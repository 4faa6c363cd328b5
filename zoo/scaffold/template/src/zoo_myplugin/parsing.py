"""A parsing transform: predicts the target's regions. `zoo.interfaces.ParsingTransform` is the contract."""

from typing import Annotated

import torch
from torch import Tensor, nn

from zoo.hookspecs import Option
from zoo.interfaces import Context, ParsingTransform
from zoo.ops.skinning import skinned_flow
from zoo.ops.warp import warp
from zoo.types import Person

LEAST = 1e-3  # the share that a region has where nothing of it was moved to


class Moved(ParsingTransform):
    """log(moved + LEAST) + mend(moved, pose): the source's regions where the skeleton went, and what two convolutions add.

    They begin at nothing, so that the first step already has the moved regions to mend.
    """

    # Keyword-only arguments are the options that recipes set and `zoo show` prints: what each means, and who asks for it.
    def __init__(
        self, context: Context, *, width: Annotated[int, Option("channels of the mending convolutions", "ours")] = 32
    ) -> None:
        super().__init__()
        regions = len(context.regions)
        last = nn.Conv2d(width, regions, 5, padding=2)
        self.mend = nn.Sequential(nn.Conv2d(regions + context.pose_channels, width, 5, padding=2), nn.LeakyReLU(0.2), last)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)  # type: ignore[arg-type]

    def forward(self, source: Person, target: Person) -> Tensor:
        """Logits (B,R,H,W). `target` has joints and a drawn pose, never an image."""
        assert source.parsing is not None and target.pose is not None  # its Component needs the one, the spine draws the other
        before, now = ((person.joints, person.visible) for person in (source, target))
        moved = warp(source.parsing, skinned_flow(before, now, target.size)[:, 0], "border")
        return (moved + LEAST).log() + self.mend(torch.cat([moved, target.pose], 1))
