"""Regions of a photographed person whose joints are known."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from zoo.interfaces import Context, PersonParser
from zoo.ops.maps import heat_maps, limb_distance, scale_joints
from zoo.regions import vocabulary
from zoo.skeleton import BODY_LIMBS, JOINTS
from zoo.types import Sighting
from zoo_photos.frames import carried_in, cut, frame_around, laid_back
from zoo_photos.stored import Weights, restore
from zoo_photos.trunk import Ascent, Trunk, seen

ROWS = 512  # pixels at which a person is looked at
MARGIN = 1.4  # side of the frame, in sides of the joints' box
SURE = 0.25  # confidence from which a joint is drawn
_HINTS = JOINTS + len(BODY_LIMBS)


class PhotoParser(PersonParser):
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
        logits = self.look(seen(image, ROWS), joints, visible, size)
        return F.interpolate(logits, size, mode="bilinear")

    @torch.no_grad()
    def people(self, picture: Tensor, people: Sequence[Sighting]) -> Tensor:
        """Logits (N,20,H,W) of each of `people` in a picture (3,H,W) in [-1,1]; far from a person is background."""
        joints = torch.stack([person.joints for person in people])
        visible = torch.stack([person.confidence >= SURE for person in people])
        frames = frame_around(joints, visible, MARGIN)
        views = torch.cat([cut(picture[None], frame[None], ROWS) for frame in frames])
        logits = self(views, carried_in(joints, frames, ROWS), visible)
        outside = torch.full((logits.shape[1],), -20.0, device=logits.device).index_fill(0, torch.tensor(0), 0.0)
        return laid_back(logits, frames, (picture.shape[-2], picture.shape[-1]), outside)

    def look(self, image: Tensor, joints: Tensor, visible: Tensor, frame: tuple[int, int]) -> Tensor:
        """At an image as it is, joints in pixels of a `frame` (H,W): logits (B,20,H/2,W/2)."""
        grid = (-(-image.shape[-2] // 2), -(-image.shape[-1] // 2))
        drawn = skeleton(scale_joints(joints, frame, grid), visible, grid)
        return self.regions(self.ascent(self.trunk(image, self.hint(drawn))))


def skeleton(joints: Tensor, visible: Tensor, grid: tuple[int, int]) -> Tensor:
    """(B,30,h,w): a spot for each joint, and for each limb what falls off from it."""
    spots = heat_maps(joints, visible, grid, sigma=grid[0] / 64)
    return torch.cat((spots, limb_distance(joints, visible, grid, kappa=-24 / grid[0])), 1)
