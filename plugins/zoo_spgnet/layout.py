"""The target's regions during one forward pass, and convolutions that read nothing else."""

import torch
import torch.nn.functional as F
from torch import Tensor

from zoo.ops.regions import resize_parsing
from zoo.ops.windows import LabelWindows, spread


class Layout:
    """The target's regions and their styles; what the layers of one scale share is worked out once per forward pass.

    `parsing` (B,R,H,W), one-hot or soft; `codes` (B,R,D).
    """

    def __init__(self, parsing: Tensor, codes: Tensor) -> None:
        self.parsing, self.codes = parsing, codes
        self._masks: dict[tuple[int, int], Masks] = {}
        self._kind = LabelMasks if _labels_alone(parsing) else Masks

    def at(self, x: Tensor) -> "Masks":
        """The regions on the grid of `x` (B,C,h,w)."""
        size = (x.shape[2], x.shape[3])
        if size not in self._masks:
            self._masks[size] = self._kind(resize_parsing(self.parsing, size))
        return self._masks[size]


class Masks:
    """The masks of one scale, without the regions that a sample lacks: those would only multiply zeros.

    `order` (B,M): which regions are kept of each sample; M is the most that any sample shows. While torch compiles or exports
    shapes cannot hang on values, and every region is kept.

    What `convolve` finds is a map here, and one pixel for each different window of labels in `LabelMasks`; functions of single
    pixels do not mind.
    """

    def __init__(self, mask: Tensor) -> None:
        self.order = None if torch.compiler.is_compiling() else _shown(mask.detach())
        self.mask = self.of_sample(mask)

    def of_sample(self, x: Tensor) -> Tensor:
        """What `x` (B,R,...) holds for the regions kept of each sample: (B,M,...)."""
        return x if self.order is None else x[torch.arange(len(x), device=x.device)[:, None], self.order]

    def shared(self, weight: Tensor) -> Tensor:
        """A convolution's `weight` (O,R,k,k) as kernels of each sample: (B,O,M,k,k)."""
        if self.order is None:
            return weight.expand(len(self.mask), *weight.shape)
        return weight[:, self.order].transpose(0, 1)

    def convolve(self, kernels: Tensor, bias: Tensor) -> Tensor:
        """The masks convolved by kernels (B,O,M,k,k) of each sample, plus `bias` (O,)."""
        batch, outputs, _, k, _ = kernels.shape
        if torch.compiler.is_exporting():  # as many groups as samples is no number that a file can hold
            patches = F.unfold(self.mask, k, padding=k // 2)
            return (kernels.flatten(2) @ patches + bias[:, None]).unflatten(2, self.mask.shape[2:])
        # all samples side by side as the channels of one picture, channels last: what grouped convolutions are fast on
        picture = self.mask.permute(2, 3, 0, 1).flatten(2)[None].permute(0, 3, 1, 2)
        bias = bias.expand(batch, outputs).flatten()
        return F.conv2d(picture, kernels.flatten(0, 1), bias, padding=k // 2, groups=batch)[0].unflatten(0, (batch, outputs))

    def convolve_again(self, found: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        """What `convolve` found convolved by `weight` (O,C,k,k). `spread` makes a map of it, or who knows `where`."""
        return F.conv2d(found, weight, bias, padding=weight.shape[-1] // 2)

    def beside(self, found: Tensor, kernel: int) -> Tensor:
        """What `convolve` found, beside what `convolve_again` by that `kernel` returns."""
        return found

    def as_map(self, found: Tensor, kernel: int) -> Tensor:
        """What `convolve` by that `kernel` found, as a map (B,C,h,w)."""
        return found

    def where(self, kernel: int) -> Tensor | None:
        """Which pixel (B,h,w) of what `convolve_again` by that `kernel` returns belongs where, or None: it is a map."""
        return None


class LabelMasks(Masks):
    """The masks of one scale where every pixel is of one region; on a CPU, where the fewer products outweigh the looking up."""

    def __init__(self, mask: Tensor) -> None:
        super().__init__(mask)
        self._windows: dict[int, LabelWindows] = {}

    def windows(self, kernel: int) -> LabelWindows:
        """The windows of labels that two convolutions by `kernel` look at."""
        if kernel not in self._windows:
            self._windows[kernel] = LabelWindows(self.mask.argmax(1), self.mask.shape[1], kernel)
        return self._windows[kernel]

    def convolve(self, kernels: Tensor, bias: Tensor) -> Tensor:
        return self.windows(kernels.shape[-1]).convolved(kernels) + bias[:, None, None]

    def convolve_again(self, found: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        again = self.windows(weight.shape[-1]).convolved_again(found, weight)
        return again if bias is None else again + bias[:, None, None]

    def beside(self, found: Tensor, kernel: int) -> Tensor:
        return self.windows(kernel).middle(found)

    def as_map(self, found: Tensor, kernel: int) -> Tensor:
        return spread(found, self.windows(kernel).near)

    def where(self, kernel: int) -> Tensor | None:
        return self.windows(kernel).far


def _labels_alone(parsing: Tensor) -> bool:
    """Whether `parsing` is one-hot, known to stay so, and on a CPU."""
    if parsing.device.type != "cpu" or parsing.requires_grad or torch.compiler.is_compiling():
        return False
    return bool(((parsing == 0) | (parsing == 1)).all() and (parsing.sum(1) == 1).all())


def _shown(mask: Tensor) -> Tensor:
    present = mask.amax((2, 3)) > 0
    most = max(int(present.sum(1).max()), 1)
    return present.int().argsort(dim=1, descending=True, stable=True)[:, :most]
