"""What is painted is laid over the moved photo by a mask (ours): the photo alone where the mask says so, whatever it shows."""

import dataclasses

import pytest
import torch
from torch import Tensor, nn

from tests.spgnet.test_properties import CONTEXT, SIZE, posed
from tests.support import make_pair
from zoo.types import FeatureSpec, Merged
from zoo_spgnet.dual import blended, last_three
from zoo_spgnet.generator import DualUNet


def painter(strides: tuple[int, ...] = (1, 2), channels: tuple[int, ...] = (11, 8)) -> DualUNet:
    context = dataclasses.replace(CONTEXT, spec=FeatureSpec(strides, channels, 8, 6))
    return DualUNet(context, scales=2, width=4, cap=8, norm="none", blend=True).eval()


def share(net: DualUNet, painted: float) -> None:
    """What is painted has this share (as a logit) everywhere."""
    nn.init.zeros_(net.net.paint.weight[3:])
    nn.init.constant_(net.net.paint.bias[3:], painted)  # type: ignore[index]


@pytest.fixture
def merged() -> Merged:
    torch.manual_seed(0)
    h, w = SIZE
    pyramid = (torch.rand(2, 11, h, w) * 2 - 1, torch.rand(2, 8, h // 2, w // 2))
    return Merged(pyramid=pyramid, codes=torch.zeros(2, 8, 6))


@torch.no_grad()
def test_without_a_share_of_paint_the_last_three_channels_are_shown_as_they_are(merged: Merged) -> None:
    net, target = painter(), posed(make_pair(SIZE)).target
    share(net, -30)
    torch.testing.assert_close(net(merged, target), merged.pyramid[0][:, -3:])
    share(net, 30)
    assert (net(merged, target) - merged.pyramid[0][:, -3:]).abs().mean() > 0.1


@torch.no_grad()
def test_a_coarse_style_is_shown_interpolated_and_few_channels_will_do(merged: Merged) -> None:
    net, target = painter((2,), (2,)), posed(make_pair(SIZE)).target
    share(net, -30)
    shown = net(merged.but(pyramid=(merged.pyramid[1][:, :2],)), target)
    assert shown.shape == (2, 3, *SIZE)
    assert shown[:, 0].abs().max() < 1e-6  # nothing to show in the first
    assert shown[:, 1:].mean() == pytest.approx(merged.pyramid[1][:, :2].mean().item(), abs=0.02)


def test_an_image_stays_an_image() -> None:
    painted, read = 9 * torch.randn(2, 4, 8, 8), 9 * torch.randn(2, 3, 8, 8)
    assert blended(painted, read).abs().max() <= 1


def test_both_learn_from_the_first_step() -> None:
    read = last_three(5)
    x, painted = torch.rand(1, 5, 4, 4), torch.zeros(1, 4, 4, 4, requires_grad=True)
    blended(painted, read(x)).square().sum().backward()
    gradients: list[Tensor | None] = [read.weight.grad, painted.grad]
    assert all(g is not None and g.abs().sum() > 0 for g in gradients)
