"""A photo as a figure before a background: the figure moved, the background left where it was and filled behind it."""

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor

from zoo.ops.warp import warp

FEW = 1e-4  # of a pixel: less is not known at all
Fill = Callable[[Tensor, Tensor], Tensor]  # an image (B,C,H,W) and where it is known (B,1,H,W) -> the whole image


def filled(image: Tensor, known: Tensor) -> Tensor:
    """`image` (B,C,H,W) with what is not `known` (B,1,H,W in [0,1]) taken from means around it, ever coarser where needed.

    Pull-push (Gortler et al. 1996): means of 2 x 2 known pixels down to one pixel, and up again beneath what is known.
    """
    if min(image.shape[2:]) == 1:
        return image
    weight = F.avg_pool2d(known, 2, ceil_mode=True)
    coarse = F.avg_pool2d(image * known, 2, ceil_mode=True) / weight.clamp_min(FEW)
    below = filled(coarse, (4 * weight).clamp(max=1))
    up = F.interpolate(below, image.shape[2:], mode="bilinear", align_corners=False)
    return up + (image - up) * known


def backdrop(image: Tensor, figure: Tensor, margin: int = 2, fill: Fill = filled) -> Tensor:
    """The background of `image` (B,C,H,W), filled where the `figure` (B,1,H,W) stands and `margin` pixels around it.

    A pixel beside the figure shows some of it, whatever its label.
    """
    wide = F.max_pool2d(figure, 2 * margin + 1, 1, margin)
    return fill(image, 1 - wide)


def laid_over(image: Tensor, figure: Tensor, flow: Tensor, there: Tensor) -> Tensor:
    """`image` (B,C,H,W) with its `figure` moved along `flow` (B,2,H,W) to where it is `there` (B,1,H,W), over its backdrop."""
    ground = backdrop(image, figure)
    return ground + (warp(image, flow, "border") - ground) * there
