"""Dilated convolutions: torch's in single precision, near it in half, gradients included."""

import ast
from pathlib import Path

import pytest
import torch
from torch import nn

from zoo_base.dilated import DilatedConv2d


def gradients(conv: nn.Conv2d, x: torch.Tensor, half: bool) -> list[torch.Tensor]:
    """Of the input, the weights and the bias, all of whose squares are summed."""
    x = x.clone(memory_format=torch.channels_last).requires_grad_()
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        y = conv(x)
    return list(torch.autograd.grad(y.float().square().mean(), [x, *conv.parameters()]))


@pytest.mark.parametrize("channels", [12, 20, 32, 40])
@pytest.mark.parametrize("dilation", [1, 2, 3])
def test_gradients_in_half_precision_are_nearly_those_in_single(channels: int, dilation: int) -> None:
    torch.manual_seed(0)
    conv = DilatedConv2d(channels, channels, 3, padding=dilation, dilation=dilation).to(memory_format=torch.channels_last)
    x = torch.randn(2, channels, 40, 33)
    for half, single in zip(gradients(conv, x, half=True), gradients(conv, x, half=False), strict=True):
        assert half.shape == single.shape
        assert ((half - single).norm() / single.norm()).item() < 0.01  # nan is not


def test_in_single_precision_it_is_torchs() -> None:
    torch.manual_seed(0)
    x, conv = torch.randn(2, 20, 9, 9), DilatedConv2d(20, 6, 3, padding=2, dilation=2, groups=2)
    plain = nn.Conv2d(20, 6, 3, padding=2, dilation=2, groups=2)
    plain.load_state_dict(conv.state_dict())
    assert torch.equal(conv(x), plain(x))


def test_nothing_is_dilated_by_torchs_own() -> None:
    root = Path(__file__).parents[2]
    for path in sorted([*root.glob("plugins/**/*.py"), *root.glob("zoo/**/*.py")]):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and any(keyword.arg == "dilation" for keyword in call.keywords):
                assert ast.unparse(call.func) == "DilatedConv2d", f"{path.relative_to(root)}, line {call.lineno}"
