"""Dilated convolutions that learn in half precision on a CPU, too."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_BLOCK = 16  # channels that oneDNN handles at once


class DilatedConv2d(nn.Conv2d):
    """torch's, with a right gradient of its weights wherever it runs.

    oneDNN's bfloat16 kernel (torch 2.15, AVX-512, channels last, stride 1, dilation above 1) leaves the channels of a last,
    incomplete block of 16 unwritten: NaN, or what the memory held. Empty channels complete the block, which changes nothing.
    """

    def forward(self, input: Tensor) -> Tensor:
        return self._conv_forward(*self._whole_blocks(input), self.bias)

    def _whole_blocks(self, x: Tensor) -> tuple[Tensor, Tensor]:
        lacking = -self.weight.shape[1] % _BLOCK
        if x.device.type != "cpu" or self.groups > 1 or not lacking or not _halved(x):
            return x, self.weight
        return F.pad(x, (0, 0, 0, 0, 0, lacking)), F.pad(self.weight, (0, 0, 0, 0, 0, lacking))


def _halved(x: Tensor) -> bool:
    return x.dtype == torch.bfloat16 or torch.is_autocast_enabled("cpu")
