"""A pose representation: draws a skeleton as maps. `zoo.interfaces.PoseRepresentation` is the contract."""

from typing import Annotated

import torch
from torch import Tensor

from zoo.hookspecs import Option
from zoo.interfaces import Context, PoseRepresentation
from zoo.ops.maps import heat_maps, scale_joints, skeleton_mask
from zoo.skeleton import JOINT_NAMES, JOINTS, LIMBS
from zoo.types import Person

# The limbs that end in a joint of the person's right, and of their left.
SIDES = tuple(tuple((a, b) for a, b in LIMBS if JOINT_NAMES[b].startswith(side)) for side in ("r_", "l_"))


class Sides(PoseRepresentation):
    """18 Gaussians, and the limbs of either side in a map of their own: which leg is in front of which."""

    # Keyword-only arguments are the options that recipes set and `zoo show` prints: what each means, and who asks for it.
    def __init__(
        self,
        context: Context,
        *,
        sigma: Annotated[float, Option("of a joint's Gaussian, as a share of the map's height", "ours")] = 0.03,
        width: Annotated[float, Option("of a limb, as a share of the map's height", "ours")] = 0.02,
    ) -> None:
        self.sigma, self.width = sigma, width
        self.channels = JOINTS + len(SIDES)

    def draw(self, person: Person, size: tuple[int, int]) -> Tensor:
        """(B,K,H,W) in [0,1] at any size; joints are pixels of `person.size`, and one that is missing means nothing."""
        joints = scale_joints(person.joints, person.size, size)
        maps = [heat_maps(joints, person.visible, size, max(self.sigma * size[0], 1.0))]
        maps += [skeleton_mask(joints, person.visible, size, max(self.width * size[0], 1.0), limbs) for limbs in SIDES]
        return torch.cat(maps, 1)
