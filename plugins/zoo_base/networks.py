"""Building blocks that the papers share."""

import itertools
from typing import Literal

import torch
from torch import Tensor, nn

from zoo.errors import ZooError
from zoo.ops.normalise import instance_norm
from zoo.ops.warp import wide

Norm = Literal["instance", "batch", "none"]
Padding = Literal["zeros", "reflect"]  # what a convolution reads beyond the border


def normalisation(norm: Norm, channels: int, affine: bool = False) -> nn.Module:
    """The normalisation called `norm`; instance norm without affine parameters, as in image translation, unless asked for."""
    match norm:
        case "instance":
            return InstanceNorm(channels, affine=affine)
        case "batch":
            return nn.BatchNorm2d(channels)
        case "none":
            return nn.Identity()


class InstanceNorm(nn.InstanceNorm2d):
    """torch's without running statistics, by `instance_norm`."""

    def forward(self, input: Tensor) -> Tensor:
        return instance_norm(input, self.weight, self.bias, self.eps)


def as_image(y: Tensor) -> Tensor:
    """tanh(y) in single precision under any autocast: in bf16 its slope is exactly 0 from |y| = 3.47 on, a dead end."""
    return torch.tanh(wide(y))


def gaussian_init(module: nn.Module, std: float = 0.02) -> None:
    """Convolution and linear weights from N(0, std^2), biases 0: the usual start of GANs (DCGAN). Only for normalised nets."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.normal_(layer.weight, 0.0, std)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def kaiming_init(module: nn.Module, slope: float = 0.2) -> None:
    """Convolutions keep the size of their input through leaky ReLUs of `slope` (He et al. 2015). For nets without norm."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, slope)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def orthogonal_init(module: nn.Module, slope: float = 0.1) -> None:
    """Convolutions start orthogonal, scaled to keep the size of their input through leaky ReLUs of `slope`; biases 0 (GFLA)."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.orthogonal_(layer.weight, nn.init.calculate_gain("leaky_relu", slope))
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def stages(stride: int) -> int:
    """How many halvings make `stride`. ZooError unless it is a power of two."""
    if stride < 1 or stride & (stride - 1):
        raise ZooError(f"stride {stride} is not a power of two", where="zoo_base.networks", fix="use 1, 2, 4, 8 ...")
    return stride.bit_length() - 1


class ConvBlock(nn.Sequential):
    """Convolution, norm, activation. `kernel` 7 pads by reflection, the others as `padding` says."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int = 3,
        stride: int = 1,
        norm: Norm = "instance",
        slope: float = 0.0,
        padding: Padding = "zeros",
    ) -> None:
        mode: Padding = "reflect" if kernel == 7 else padding
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, (kernel - 1) // 2, padding_mode=mode),
            normalisation(norm, outputs),
            nn.LeakyReLU(slope) if slope else nn.ReLU(),
        )


class ResBlock(nn.Module):
    """x + norm(conv3(dropout(ReLU(norm(conv3(x))))))."""

    def __init__(self, channels: int, norm: Norm = "instance", dropout: float = 0.0) -> None:
        super().__init__()
        self.body = nn.Sequential(
            ConvBlock(channels, channels, norm=norm),
            nn.Dropout(dropout),
            nn.Conv2d(channels, channels, 3, padding=1),
            normalisation(norm, channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x)


class PoseEncoder(nn.Sequential):
    """Pose maps (B,K,H,W) -> signed features (B,C,H/stride,W/stride) (SCM-Net spec 1a).

    Reflected 7x7 convolution, a stride-2 4x4 convolution per halving (widths double up to 4 `width`), residual blocks, and
    a last 1x1 convolution without activation, so that a cosine of two features can be negative.
    """

    def __init__(
        self, in_channels: int, out_channels: int, stride: int, width: int = 64, res_blocks: int = 2, norm: Norm = "instance"
    ) -> None:
        widths = [min(width * 2**i, 4 * width) for i in range(stages(stride) + 1)]
        super().__init__(
            ConvBlock(in_channels, width, 7, norm=norm),
            *(ConvBlock(a, b, 4, 2, norm) for a, b in itertools.pairwise(widths)),
            *(ResBlock(widths[-1], norm) for _ in range(res_blocks)),
            nn.Conv2d(widths[-1], out_channels, 1),
        )
        gaussian_init(self)


class MLP(nn.Sequential):
    """Linear layers with ReLU between them: `sizes` are the widths from input to output."""

    def __init__(self, *sizes: int) -> None:
        layers: list[nn.Module] = []
        for a, b in itertools.pairwise(sizes):
            layers += [nn.Linear(a, b), nn.ReLU()]
        super().__init__(*layers[:-1])
