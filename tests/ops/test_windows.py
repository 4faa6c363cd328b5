"""Windows of labels: convolved row by row they are the convolutions of the one-hot map, gradients included."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from zoo.ops.regions import planes
from zoo.ops.windows import LabelWindows, numbered, spread, summed

REGIONS, SIZE = 4, (17, 14)


def blobs(batch: int = 2) -> Tensor:
    torch.manual_seed(0)
    coarse = torch.randn(batch, REGIONS, 3, 3)
    return F.interpolate(coarse, SIZE, mode="bilinear").argmax(1)


def plain(labels: Tensor, kernels: Tensor, weight: Tensor) -> Tensor:
    mask, reach = planes(labels, REGIONS).to(kernels), kernels.shape[-1] // 2
    hidden = torch.cat([F.conv2d(m[None], k, padding=reach) for m, k in zip(mask, kernels, strict=True)])
    return F.conv2d(hidden.tanh() + 1, weight, padding=reach) + hidden[:, :3]


@pytest.mark.parametrize("kernel", [1, 3, 5])
def test_two_convolutions_by_windows_are_two_convolutions(kernel: int) -> None:
    labels = blobs()
    kernels = torch.randn(2, 6, REGIONS, kernel, kernel, dtype=torch.double, requires_grad=True)
    weight = torch.randn(3, 6, kernel, kernel, dtype=torch.double, requires_grad=True)
    windows = LabelWindows(labels, REGIONS, kernel)
    hidden = windows.convolved(kernels)
    found = spread(windows.convolved_again(hidden.tanh() + 1, weight) + windows.middle(hidden[:, :3]), windows.far)
    wanted = plain(labels, kernels, weight)
    torch.testing.assert_close(found, wanted)
    ahead = torch.randn_like(wanted)
    mine, theirs = (torch.autograd.grad(y, (kernels, weight), ahead) for y in (found, wanted))
    torch.testing.assert_close(mine, theirs)


def test_windows_that_look_alike_are_worked_out_once() -> None:
    labels = torch.zeros(2, 64, 64, dtype=torch.long)
    labels[:, :, 32:] = 1
    windows = LabelWindows(labels, REGIONS, 5)
    assert len(windows.convolved(torch.zeros(2, 1, REGIONS, 5, 5))) < 300
    assert int(windows.far.max()) < 600
    assert windows.far[0].max() < windows.far[1].min()  # samples have kernels of their own


@pytest.mark.parametrize("lowered", [False, True])
def test_the_second_convolution_keeps_no_windows_for_its_way_back(lowered: bool) -> None:
    windows = LabelWindows(blobs(), REGIONS, 5)
    found = torch.randn(int(windows.near.max()) + 1, 6, 1, 1, requires_grad=True)
    weight = torch.randn(3, 6, 5, 5, requires_grad=True)
    kept: list[Tensor] = []

    def keep(tensor: Tensor) -> Tensor:
        kept.append(tensor)
        return tensor

    with torch.autocast("cpu", torch.bfloat16, enabled=lowered):
        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            mine = windows.convolved_again(found, weight)
        patches = F.embedding(windows._around, found.flatten(1) * windows._inside).flatten(1)
        wanted = (patches @ weight.permute(2, 3, 1, 0).flatten(0, 2))[..., None, None]
    assert max(t.numel() for t in kept) < patches.numel() // 4
    assert mine.dtype == wanted.dtype
    torch.testing.assert_close(mine, wanted, rtol=0, atol=0)
    ahead = torch.randn_like(wanted)
    gradients = (torch.autograd.grad(y, (found, weight), ahead) for y in (mine, wanted))
    for one, other in zip(*gradients, strict=True):
        assert one.dtype == torch.float32
        torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-6)


def test_summed_is_the_way_back_of_spread() -> None:
    which = torch.randint(5, (2, 4, 3))
    rows = torch.randn(6, 2, 1, 1, dtype=torch.double, requires_grad=True)
    ahead = torch.randn(2, 2, 4, 3, dtype=torch.double)
    (wanted,) = torch.autograd.grad(spread(rows, which), rows, ahead)
    torch.testing.assert_close(summed(ahead, which, 6), wanted)
    assert summed(ahead.bfloat16(), which, 6).dtype == torch.float32


def test_numbers_tell_long_sequences_apart() -> None:
    digits = torch.randint(3, (500, 60))
    numbers, count = numbered((digits + 1000).unbind(1), 2000)  # 2000^60 is no int64
    assert count == len(digits.unique(dim=0)) == int(numbers.max()) + 1
    again, _ = numbered(digits[numbers.argsort()].unbind(1), 2000)
    assert torch.equal(again, numbers.sort().values)
