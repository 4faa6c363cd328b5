"""From heat maps to joints: the peak, and where between the cells it lies."""

import torch
from torch import Tensor
from torch.nn import functional as F

_STEP = 2  # cells to either side whose heights tell the peak's place
_FLOOR = 1e-3


def peaks(heat: Tensor, sigma: float, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Joints (B,J,2) in pixels of an image of `size` (H,W) and confidence (B,J) in [0,1], from maps (B,J,h,w).

    Of a Gaussian, log(right) - log(left) = 2 s d / sigma^2 with s the step and d the peak's distance from the cell.
    """
    h, w = heat.shape[-2:]
    height, cell = heat.flatten(2).max(-1)
    y, x = cell // w, cell % w
    padded = F.pad(heat, (_STEP,) * 4, mode="replicate").clamp(min=_FLOOR).log().flatten(2)

    def at(dx: int, dy: int) -> Tensor:
        index = (y + _STEP + dy) * (w + 2 * _STEP) + x + _STEP + dx
        return padded.gather(2, index[..., None])[..., 0]

    lean = sigma**2 / (2 * _STEP)
    moved_x = x + (lean * (at(_STEP, 0) - at(-_STEP, 0))).clamp(-1, 1)
    moved_y = y + (lean * (at(0, _STEP) - at(0, -_STEP))).clamp(-1, 1)
    cells = torch.stack((moved_x, moved_y), -1)
    ratio = heat.new_tensor([size[1] / w, size[0] / h])
    return (cells + 0.5) * ratio - 0.5, height.clamp(0, 1)
