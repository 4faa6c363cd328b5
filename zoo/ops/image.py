"""Between images in [-1, 1] and bytes; maps as pictures."""

import colorsys

import torch
from torch import Tensor


def to_uint8(image: Tensor) -> Tensor:
    """Float in [-1, 1] (clipped), any shape -> uint8, rounded to the nearest level (truncating would darken)."""
    return ((image.float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)


def from_uint8(image: Tensor) -> Tensor:
    """uint8, any shape -> float32 in [-1, 1]; the inverse of `to_uint8` on its values."""
    return image.float() / 127.5 - 1


def coloured(maps: Tensor) -> Tensor:
    """Maps (K,H,W) in [0,1], one hue each -> (3,H,W) in [0,1]; black where all are 0."""
    hues = [colorsys.hsv_to_rgb(k / len(maps), 0.8, 1.0) for k in range(len(maps))]
    return (maps[:, None] * torch.tensor(hues, device=maps.device, dtype=maps.dtype)[:, :, None, None]).amax(0)
