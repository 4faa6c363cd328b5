"""The target's regions during one forward pass, and convolutions that read nothing else."""

import torch
import torch.nn.functional as F
from torch import Tensor

from zoo.ops.regions import resize_parsing


class Layout:
    """The target's regions and their styles; what the layers of one scale share is worked out once per forward pass.

    `parsing` (B,R,H,W), one-hot or soft; `codes` (B,R,D).
    """

    def __init__(self, parsing: Tensor, codes: Tensor) -> None:
        self.parsing, self.codes = parsing, codes
        self._masks: dict[tuple[int, int], Masks] = {}

    def at(self, x: Tensor) -> "Masks":
        """The regions on the grid of `x` (B,C,h,w)."""
        size = (x.shape[2], x.shape[3])
        if size not in self._masks:
            self._masks[size] = Masks(resize_parsing(self.parsing, size))
        return self._masks[size]


class Masks:
    """The masks of one scale, without the regions that a sample lacks: those would only multiply zeros.

    `order` (B,M): which regions are kept of each sample; M is the most that any sample shows. While torch compiles or exports
    shapes cannot hang on values, and every region is kept.
    """

    def __init__(self, mask: Tensor) -> None:
        self.order = None if torch.compiler.is_compiling() else _shown(mask.detach())
        self._mask = self.of_sample(mask)
        # all samples side by side as the channels of one picture, channels last: what grouped convolutions are fast on
        self._picture = self._mask.permute(2, 3, 0, 1).flatten(2)[None].permute(0, 3, 1, 2)

    def of_sample(self, x: Tensor) -> Tensor:
        """What `x` (B,R,...) holds for the regions kept of each sample: (B,M,...)."""
        return x if self.order is None else x[torch.arange(len(x), device=x.device)[:, None], self.order]

    def shared(self, weight: Tensor) -> Tensor:
        """A convolution's `weight` (O,R,k,k) as kernels of each sample: (B,O,M,k,k)."""
        if self.order is None:
            return weight.expand(len(self._mask), *weight.shape)
        return weight[:, self.order].transpose(0, 1)

    def convolve(self, kernels: Tensor, bias: Tensor) -> Tensor:
        """The mask convolved by kernels (B,O,M,k,k) of each sample, plus `bias` (O,): (B,O,h,w)."""
        batch, outputs, _, k, _ = kernels.shape
        if torch.compiler.is_exporting():  # as many groups as samples is no number that a file can hold
            patches = F.unfold(self._mask, k, padding=k // 2)
            return (kernels.flatten(2) @ patches + bias[:, None]).unflatten(2, self._mask.shape[2:])
        bias = bias.expand(batch, outputs).flatten()
        return F.conv2d(self._picture, kernels.flatten(0, 1), bias, padding=k // 2, groups=batch)[0].unflatten(
            0, (batch, outputs)
        )


def _shown(mask: Tensor) -> Tensor:
    present = mask.amax((2, 3)) > 0
    most = max(int(present.sum(1).max()), 1)
    return present.int().argsort(dim=1, descending=True, stable=True)[:, :most]
