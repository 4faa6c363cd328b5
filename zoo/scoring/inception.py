"""Inception v3 (Szegedy et al., CVPR 2016) as two families of scores know it, and the ways images are made ready for it."""

from collections.abc import Callable
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.models.inception import (
    BasicConv2d,
    Inception3,
    InceptionA,
    InceptionAux,
    InceptionB,
    InceptionC,
    InceptionD,
    InceptionE,
)

from zoo.interfaces import Frozen

SIDE = 299  # pixels of an image as the net takes it
WIDTH = 2048  # features
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's images in [0,1]

Resize = Literal["tf1", "bilinear", "bilinear-antialias", "bicubic-antialias"]
Normalise = Literal["graph", "unit", "gfla"]


class Inception(Frozen):
    """What a finished image (`prepared`) shows the net.

    `graph`: the TensorFlow graph of 2015, whose pools leave the padding out and whose last block pools by maximum, with 1008
    classes; otherwise torchvision's, with 1000.
    """

    def __init__(self, *, graph: bool) -> None:
        super().__init__()
        a, c, e = (_GraphA, _GraphC, _GraphE) if graph else (InceptionA, InceptionC, InceptionE)
        blocks: list[Callable[..., nn.Module]] = [BasicConv2d, a, InceptionB, c, InceptionD, e, InceptionAux]
        net = Inception3(1008 if graph else 1000, aux_logits=False, inception_blocks=blocks, init_weights=False)
        self.classes, net.fc = net.fc, nn.Identity()
        self.net = net
        self.requires_grad_(False).eval()

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """(B,3,299,299) -> features (B,2048) and logits (B,classes) without the bias, as the Inception Score takes them."""
        features = self.net(image)
        return features, features @ self.classes.weight.mT


def _mean_of_inside(x: Tensor) -> Tensor:
    """3x3 mean of those neighbours that lie inside."""
    return F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)


class _GraphA(InceptionA):
    def _forward(self, x: Tensor) -> list[Tensor]:
        double = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return [self.branch1x1(x), self.branch5x5_2(self.branch5x5_1(x)), double, self.branch_pool(_mean_of_inside(x))]


class _GraphC(InceptionC):
    def _forward(self, x: Tensor) -> list[Tensor]:
        once = self.branch7x7_3(self.branch7x7_2(self.branch7x7_1(x)))
        twice = self.branch7x7dbl_3(self.branch7x7dbl_2(self.branch7x7dbl_1(x)))
        twice = self.branch7x7dbl_5(self.branch7x7dbl_4(twice))
        return [self.branch1x1(x), once, twice, self.branch_pool(_mean_of_inside(x))]


class _GraphE(InceptionE):
    def __init__(self, in_channels: int, conv_block: Callable[..., nn.Module] | None = None) -> None:
        super().__init__(in_channels, conv_block)
        self.last = in_channels == WIDTH

    def _forward(self, x: Tensor) -> list[Tensor]:
        once, twice = self.branch3x3_1(x), self.branch3x3dbl_2(self.branch3x3dbl_1(x))
        pooled = F.max_pool2d(x, 3, 1, 1) if self.last else _mean_of_inside(x)
        return [
            self.branch1x1(x),
            torch.cat((self.branch3x3_2a(once), self.branch3x3_2b(once)), 1),
            torch.cat((self.branch3x3dbl_3a(twice), self.branch3x3dbl_3b(twice)), 1),
            self.branch_pool(pooled),
        ]


def prepared(image: Tensor, resize: Resize, normalise: Normalise) -> Tensor:
    """Images (B,3,H,W) in [0,1] -> (B,3,299,299) as the net takes them."""
    return normalised(resized(image, resize), normalise)


def resized(image: Tensor, resize: Resize) -> Tensor:
    """(B,3,299,299). "tf1" is the graph's own; "bilinear" looks at half pixels and, like it, skips pixels where it shrinks."""
    if resize == "tf1":
        return tf1_bilinear(image, (SIDE, SIDE))
    mode, _, antialias = resize.partition("-")
    return F.interpolate(image, (SIDE, SIDE), mode=mode, align_corners=False, antialias=bool(antialias))


def tf1_bilinear(image: Tensor, size: tuple[int, int]) -> Tensor:
    """TensorFlow 1's resize_bilinear: row i of h reads the image at i H/h, not at half pixels; the last row is repeated."""
    for dim, new in zip((2, 3), size, strict=True):
        old = image.shape[dim]
        at = torch.arange(new, device=image.device) * torch.tensor(old / new)
        low = at.long()
        share = (at - low).to(image.dtype).view(-1, *[1] * (3 - dim))
        high = (low + 1).clamp(max=old - 1)
        image = torch.lerp(image.index_select(dim, low), image.index_select(dim, high), share)
    return image


def normalised(image: Tensor, normalise: Normalise) -> Tensor:
    """Images in [0,1] as the net takes them.

    "graph": (255 x - 128) / 128, of the graph of 2015 (torch-fidelity). "unit": 2 x - 1 (pytorch-fid, clean-fid). "gfla":
    x std / 0.5 + (mean - 0.5) / 0.5, torchvision's step from ImageNet's normalisation to the graph's, applied to images that
    were never normalised, so that they fill a fifth of the range (GFLA, SPGNet, DPTN, PIDM, CFLD).
    """
    if normalise == "graph":
        return (255 * image - 128) / 128
    if normalise == "unit":
        return 2 * image - 1
    mean, std = (image.new_tensor(values).view(3, 1, 1) for values in (_MEAN, _STD))
    return image * (std / 0.5) + (mean - 0.5) / 0.5
