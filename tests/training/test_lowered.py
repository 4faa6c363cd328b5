"""Nets that losses look through run at the model's precision and return fp32."""

import pytest
import torch
from torch import Tensor, nn

from zoo.training.lowered import lowered


class Net(nn.Module):
    """Two convolutions, and what lay between them."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 2, 3)
        self.between: list[torch.dtype] = []

    def forward(self, x: Tensor, layers: list[str]) -> dict[str, Tensor]:
        y = self.first(x)
        self.between.append(y.dtype)
        return {layer: self.second(y) for layer in layers}


def half() -> torch.autocast:
    return torch.autocast("cpu", torch.bfloat16)


def test_inside_products_are_half_and_what_is_returned_is_not() -> None:
    net, x = Net(), torch.randn(1, 3, 8, 8, requires_grad=True)
    wanted = net(x, ["a"])["a"]
    with lowered([net], half):
        found = net(x, layers=["a"])["a"]
    net(x, ["a"])
    assert net.between == [torch.float32, torch.bfloat16, torch.float32]
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, wanted, rtol=0.05, atol=0.05)
    gradients = [torch.autograd.grad(y.square().sum(), [x, *net.parameters()]) for y in (found, wanted)]
    for a, b in zip(*gradients, strict=True):
        assert a.dtype == torch.float32
        assert torch.cosine_similarity(a.flatten(), b.flatten(), dim=0) > 0.99


def test_an_error_leaves_nothing_behind() -> None:
    net = Net()
    with pytest.raises(RuntimeError), lowered([net], half):
        net(torch.zeros(1, 2, 8, 8), ["a"])
    assert "forward" not in vars(net)
    assert not torch.is_autocast_enabled("cpu")
