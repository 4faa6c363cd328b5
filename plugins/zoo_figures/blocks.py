"""What the nets of Figures are built of."""

from torch import Tensor, nn


class Residual(nn.Module):
    """x + block(x)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.block = block(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.block(x)


def block(before: int, after: int, stride: int) -> nn.Sequential:
    """A 3x3 convolution, batch norm, SiLU."""
    return nn.Sequential(nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after), nn.SiLU())
