"""Between images in [-1, 1] and bytes."""

import torch
from torch import Tensor


def to_uint8(image: Tensor) -> Tensor:
    """Float in [-1, 1] (clipped), any shape -> uint8, rounded to the nearest level (truncating would darken)."""
    return image.float().add(1).mul_(127.5).round_().clamp_(0, 255).to(torch.uint8)  # one copy: a photo may be large


def from_uint8(image: Tensor) -> Tensor:
    """uint8, any shape -> float32 in [-1, 1]; the inverse of `to_uint8` on its values."""
    return image.float() / 127.5 - 1
