"""Boxes around groups of joints: the head, the torso with its arms, the legs (partflow sec. 0).

"Cropping" a part means masking on the full canvas, so that a flow stays a map within one frame.
"""

from typing import Literal

import torch
from torch import Tensor

from zoo.ops.rigid import stature
from zoo.skeleton import JOINT_GROUPS

Groups = Literal["overlap", "disjoint", "whole"]
MARGIN = {"head": 0.5, "torso": 0.35, "leg": 0.35}  # of the stature, the distance of hip and shoulder


def part_boxes(joints: Tensor, visible: Tensor, size: tuple[int, int], groups: Groups = "overlap") -> Tensor:
    """Left, top, right, bottom of each part (B,P,4) in pixels, borders included, from joints (B,18,2) of an image of `size`.

    The bounding box of the visible joints, padded by a share of the stature; it may reach beyond the image. A part
    without visible joints has an empty box, right < left. "whole" is one part, the image.
    """
    height, width = size
    if groups == "whole":
        return joints.new_tensor([0, 0, width - 1, height - 1]).expand(len(joints), 1, 4)
    st = stature(joints, visible, size)[:, None]
    return torch.stack(
        [_box(joints[:, ids], visible[:, ids], MARGIN[name] * st) for name, ids in JOINT_GROUPS[groups].items()], 1
    )


def _box(joints: Tensor, visible: Tensor, margin: Tensor) -> Tensor:
    seen = visible[..., None]
    low, high = joints.where(seen, torch.inf).amin(1) - margin, joints.where(seen, -torch.inf).amax(1) + margin
    return torch.cat([low, high], 1).where(visible.any(1, keepdim=True), low.new_tensor([0, 0, -1, -1]))


def box_masks(boxes: Tensor, size: tuple[int, int]) -> Tensor:
    """1 inside each box, borders included, else 0: (B,P,4) pixels -> (B,P,H,W)."""
    x, y = (torch.arange(n, device=boxes.device, dtype=boxes.dtype) for n in (size[1], size[0]))
    left, top, right, bottom = boxes[..., None].unbind(-2)
    columns, rows = (x >= left) & (x <= right), (y >= top) & (y <= bottom)
    return (rows[..., None] & columns[..., None, :]).to(boxes.dtype)
