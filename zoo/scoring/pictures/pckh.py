"""PCKh as the field's scripts have it: a box round the head of the target, and each axis by itself."""

import torch
from torch import Tensor

HEAD = (0, 1, 14, 15, 16, 17)  # nose, neck, eyes and ears
SHARE = 0.5  # of the box


def pckh_counts(found: tuple[Tensor, Tensor], true: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """(B,) joints that are right, and (B,) joints that count, of (joints (B,18,2), visible (B,18)) in pixels of one frame.

    Right is |dx| < w / 2 and |dy| < h / 2, w and h being the sides of the box round the head's visible joints in the target.
    What is not found is missed. A target that shows fewer than two joints of the head does not count at all.
    """
    (at, seen), (joints, visible) = found, true
    head, shown = joints[:, HEAD], visible[:, HEAD, None]
    box = head.where(shown, -torch.inf).amax(1) - head.where(shown, torch.inf).amin(1)
    near = ((at - joints).abs() < SHARE * box[:, None]).all(2)
    counts = visible & (shown.sum((1, 2)) >= 2)[:, None]
    return (near & seen & counts).sum(1), counts.sum(1)
