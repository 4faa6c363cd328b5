"""Regions of a photographed person whose joints are known."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from zoo.interfaces import Context
from zoo.ops.maps import heat_maps, limb_distance, scale_joints
from zoo.regions import vocabulary
from zoo.skeleton import BODY_LIMBS, JOINTS
from zoo_photos.framed import FramedParser
from zoo_photos.stored import Weights, restore
from zoo_photos.trunk import Ascent, Trunk, seen

_HINTS = JOINTS + len(BODY_LIMBS)


class PhotoParser(FramedParser):
    """CIHP's regions, looking at 512 rows; the skeleton is drawn for it, and tells left from right."""

    vocabulary = "cihp20"

    def __init__(self, context: Context, *, weights: Weights = True) -> None:
        super().__init__()
        self.trunk = Trunk("tf_efficientnet_lite0", last=4)
        self.hint = nn.Conv2d(_HINTS, 32, 3, padding=1)
        self.ascent = Ascent(self.trunk.channels, (128, 96, 64, 64))
        self.regions = nn.Conv2d(64, len(vocabulary(self.vocabulary)), 1)
        if weights:
            restore(self, "parser")

    def forward(self, image: Tensor, joints: Tensor, visible: Tensor) -> Tensor:
        size = (image.shape[-2], image.shape[-1])
        logits = self.look(seen(image, self.rows), joints, visible, size)
        return F.interpolate(logits, size, mode="bilinear")

    def look(self, image: Tensor, joints: Tensor, visible: Tensor, frame: tuple[int, int]) -> Tensor:
        """At an image as it is, joints in pixels of a `frame` (H,W): logits (B,20,H/2,W/2)."""
        grid = (-(-image.shape[-2] // 2), -(-image.shape[-1] // 2))
        drawn = skeleton(scale_joints(joints, frame, grid), visible, grid)
        return self.regions(self.ascent(self.trunk(image, self.hint(drawn))))


def skeleton(joints: Tensor, visible: Tensor, grid: tuple[int, int]) -> Tensor:
    """(B,30,h,w): a spot for each joint, and for each limb what falls off from it."""
    spots = heat_maps(joints, visible, grid, sigma=grid[0] / 64)
    return torch.cat((spots, limb_distance(joints, visible, grid, kappa=-24 / grid[0])), 1)
