"""What a metric does to prepared pictures before it looks: another size, a mask, a border."""

import torch
import torch.nn.functional as F
from torch import Tensor

from zoo.scoring.pictures.document import Masking, Padding, Resizing, Showing


def seen(image: Tensor, view: Showing, mask: Tensor | None = None) -> Tensor:
    """Images (B,3,H,W) in [0,1] as a metric looks at them; `mask` (B,1,H,W) is 1 on what is shown."""
    if view.resize:
        image = resized(image, view.resize)
    if view.mask:
        assert mask is not None, "a masked view is asked for with its mask"
        image = masked(image, mask, view.mask)
    return padded(image, view.pad) if view.pad else image


def resized(image: Tensor, to: Resizing) -> Tensor:
    """As cv2.resize has it: half pixels, no widening where it shrinks; bicubic with a = -0.75."""
    return F.interpolate(image, to.size, mode=to.kernel.removeprefix("cv2-"), align_corners=False)


def masked(image: Tensor, mask: Tensor, how: Masking) -> Tensor:
    """0 outside: of [0,1] that is black, of [-1,1] grey."""
    level = 0.5 if how.outside == "grey" else 0.0
    return torch.where(mask.bool(), image, level)


def padded(image: Tensor, to: Padding) -> Tensor:
    """A border of one level, as wide on one side as on the other."""
    above, left = ((side - has) // 2 for side, has in zip(to.size, image.shape[2:], strict=True))
    below, right = to.size[0] - image.shape[2] - above, to.size[1] - image.shape[3] - left
    return F.pad(image, (left, right, above, below), value=to.level / 255)
