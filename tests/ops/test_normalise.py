"""Instance norm by its formula, whatever the memory format."""

import pytest
import torch
from torch import Tensor

from zoo.ops.normalise import instance_norm

LAYOUTS = (torch.contiguous_format, torch.channels_last)


def plain(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    variance, mean = torch.var_mean(x, (2, 3), correction=0, keepdim=True)
    return (x - mean) / (variance + 1e-5).sqrt() * weight[:, None, None] + bias[:, None, None]


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("ahead", LAYOUTS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_instance_norm_is_its_formula_with_its_gradients(
    batch: int, layout: torch.memory_format, ahead: torch.memory_format
) -> None:
    x = (3 + 2 * torch.randn(batch, 5, 6, 4, dtype=torch.float64)).to(memory_format=layout)
    inputs = [x.requires_grad_(), *(torch.randn(5, dtype=torch.float64, requires_grad=True) for _ in range(2))]
    found, wanted, slope = instance_norm(*inputs), plain(*inputs), torch.randn(x.shape, dtype=x.dtype).to(memory_format=ahead)
    assert torch.allclose(found, wanted, atol=1e-12)
    for mine, theirs in zip(torch.autograd.grad(found, inputs, slope), torch.autograd.grad(wanted, inputs, slope), strict=True):
        assert torch.allclose(mine, theirs, atol=1e-10)


def test_instance_norm_keeps_channels_last() -> None:
    x = torch.randn(2, 3, 4, 4).to(memory_format=torch.channels_last)
    assert instance_norm(x).is_contiguous(memory_format=torch.channels_last)


def test_constants_become_zero() -> None:
    x = torch.full((2, 3, 4, 4), 7.0).to(memory_format=torch.channels_last)
    assert instance_norm(x).abs().max() < 1e-3
