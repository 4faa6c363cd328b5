"""EfficientNet-Lite (Tan & Le, ICML 2019; without squeeze and swish), its parts under timm's names: weights of either fit both.

Written out because to import timm takes longer than to look at a photo: it brings torchvision, and that the compiler.
"""

import math

from torch import Tensor, nn
from torch.nn import functional as F

EPS = 1e-3  # of the batch norms, as TensorFlow has it
EXPANSION = 6
REPEATS = {"tf_efficientnet_lite0": (2, 2, 3, 3, 4), "tf_efficientnet_lite1": (3, 3, 4, 4, 5)}  # blocks of stages 1 to 5
_STAGES = ((24, 3, 2), (40, 5, 2), (80, 3, 2), (112, 5, 1), (192, 5, 2))  # width, kernel, stride


class SameConv(nn.Conv2d):
    """Padded as TensorFlow pads: H/s rows come out, and where the border is odd its longer side is below and to the right."""

    def forward(self, input: Tensor) -> Tensor:
        (kernel, _), (stride, _) = self.kernel_size, self.stride
        if stride == 1:
            return F.conv2d(input, self.weight, padding=kernel // 2, groups=self.groups)
        rows, columns = (max((-(-side // stride) - 1) * stride + kernel - side, 0) for side in input.shape[-2:])
        around = (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)
        return F.conv2d(F.pad(input, around), self.weight, stride=stride, groups=self.groups)


class Separable(nn.Module):
    """Depthwise, then pointwise: the first block of all, which neither expands nor skips."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.conv_dw, self.bn1 = SameConv(before, before, 3, groups=before, bias=False), nn.BatchNorm2d(before, EPS)
        self.conv_pw, self.bn2 = SameConv(before, after, 1, bias=False), nn.BatchNorm2d(after, EPS)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn2(self.conv_pw(F.relu6(self.bn1(self.conv_dw(x)), inplace=True)))


class Inverted(nn.Module):
    """Pointwise up, depthwise, pointwise down; skipped over where the shape stays."""

    def __init__(self, before: int, after: int, kernel: int, stride: int) -> None:
        super().__init__()
        inside = EXPANSION * before
        self.skips = before == after and stride == 1
        self.conv_pw, self.bn1 = SameConv(before, inside, 1, bias=False), nn.BatchNorm2d(inside, EPS)
        self.conv_dw = SameConv(inside, inside, kernel, stride, groups=inside, bias=False)
        self.bn2 = nn.BatchNorm2d(inside, EPS)
        self.conv_pwl, self.bn3 = SameConv(inside, after, 1, bias=False), nn.BatchNorm2d(after, EPS)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu6(self.bn1(self.conv_pw(x)), inplace=True)
        y = F.relu6(self.bn2(self.conv_dw(y)), inplace=True)
        y = self.bn3(self.conv_pwl(y))
        return x + y if self.skips else y


def stages(name: str, last: int) -> nn.ModuleList:
    """Six stages at strides 2, 4, 8, 16, 16 and 32; of the last one its first `last` blocks."""
    found = [nn.Sequential(Separable(32, 16))]
    before = 16
    repeats = (*REPEATS[name][:-1], min(last, REPEATS[name][-1]))
    for (width, kernel, stride), count in zip(_STAGES, repeats, strict=True):
        first = Inverted(before, width, kernel, stride)
        found.append(nn.Sequential(first, *(Inverted(width, width, kernel, 1) for _ in range(1, count))))
        before = width
    return nn.ModuleList(found)


def start(module: nn.Module) -> None:
    """Random weights of He's spread over what a convolution gives out, as TensorFlow's."""
    for conv in module.modules():
        if isinstance(conv, SameConv):
            out = conv.kernel_size[0] * conv.kernel_size[1] * conv.out_channels // conv.groups
            nn.init.normal_(conv.weight, 0, math.sqrt(2 / out))
