"""The pose mask: where a person is, as far as joints tell (PG2; SPT sec. 3.1)."""

import torch.nn.functional as F
from torch import Tensor

from zoo.ops.maps import skeleton_mask
from zoo.skeleton import LIMBS
from zoo.types import Person

BONES = (*LIMBS, (1, 16), (1, 17), (8, 11), (11, 5), (8, 2), (16, 17))  # neck to ears and the four sides of the torso as well
RADIUS = 1 / 32  # of the height
CLOSING = 5  # pixels


def pose_mask(person: Person) -> Tensor:
    """Discs swept along 23 limbs, then closed: (B,1,H,W), 1 on the person and 0 elsewhere."""
    mask = skeleton_mask(person.joints, person.visible, person.size, RADIUS * person.size[0], BONES)
    grown = F.max_pool2d(mask, CLOSING, 1, CLOSING // 2)
    return -F.max_pool2d(-grown, CLOSING, 1, CLOSING // 2)
