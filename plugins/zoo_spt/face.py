"""The face cut out of an image where the joints say it is: a spatial transformer without parameters (SPT eq. 9)."""

import torch
from torch import Tensor

from zoo.ops.rigid import stature
from zoo.ops.warp import sample
from zoo.skeleton import JOINT_NAMES
from zoo.types import Person

FACE = [JOINT_NAMES.index(name) for name in ("nose", "r_eye", "l_eye", "r_ear", "l_ear")]
REACH = 0.4  # of the stature: half a side


def face_boxes(person: Person) -> tuple[Tensor, Tensor]:
    """Boxes (B,4) left, top, right, bottom in pixel coordinates, within the image; and who shows any joint of a face (B,)."""
    visible = person.visible[:, FACE]
    joints = person.joints[:, FACE].where(visible[..., None], 0)
    centre = joints.sum(1) / visible.sum(1, keepdim=True).clamp_min(1)
    reach = REACH * stature(person.joints, person.visible, person.size)[:, None]
    corner = joints.new_tensor([person.size[1] - 1, person.size[0] - 1])
    return torch.cat([(centre - reach).clamp_min(0), torch.minimum(centre + reach, corner)], 1), visible.any(1)


def crop(image: Tensor, boxes: Tensor, side: int) -> Tensor:
    """`image` (B,3,H,W) inside `boxes` (B,4) -> (B,3,side,side); the outermost pixels read the corners of the box."""
    along = torch.linspace(0, 1, side, device=image.device, dtype=boxes.dtype)
    x, y = (torch.lerp(boxes[:, k, None], boxes[:, k + 2, None], along) for k in (0, 1))
    grid = torch.stack([x[:, None].expand(-1, side, -1), y[:, :, None].expand(-1, -1, side)], 1)
    return sample(image, grid, padding="border")
