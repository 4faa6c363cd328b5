"""PATN against the checks of its paper: the gate, its range, its reach, and who hears of a loss on the style."""

import torch

from tests.base.merging import CONTEXT, people, style_of
from zoo_base.patn import PATN, PoseAttention


def test_a_closed_gate_leaves_the_style_alone() -> None:
    block = PoseAttention(4, 4, "instance", 0.5)
    torch.nn.init.constant_(block.pose[-1].bias, -1e4)
    style, pose = torch.randn(2, 4, 6, 9), torch.randn(2, 4, 6, 9)
    assert torch.equal(block(style, pose)[0], style)


def test_an_open_gate_is_a_residual_block_and_the_gate_stays_between() -> None:
    block = PoseAttention(4, 8, "instance", 0.5).eval()
    style, pose = torch.randn(2, 4, 6, 9), torch.randn(2, 8, 6, 9)
    moved, handed_on = block(style, pose)
    gate = (moved - style) / block.image(style)
    assert handed_on.shape == (2, 8, 6, 9) and torch.equal(handed_on[:, 4:], moved)
    torch.testing.assert_close(gate, torch.sigmoid(handed_on[:, :4]), atol=1e-3, rtol=1e-3)
    torch.nn.init.constant_(block.pose[-1].bias, 1e4)
    torch.testing.assert_close(block(style, pose)[0], style + block.image(style))


def test_a_loss_on_the_style_reaches_both_poses() -> None:
    source, target = people()
    poses = [torch.rand(2, 18, *source.size, requires_grad=True) for _ in range(2)]
    operator = PATN(CONTEXT, width=4, blocks=3)
    style = style_of(source.parsing)
    operator(style, source.but(pose=poses[0]), target.but(pose=poses[1])).pyramid[0].square().sum().backward()
    assert all(pose.grad is not None and pose.grad.abs().sum() > 0 for pose in poses)


def test_blocks_reach_two_pixels_each() -> None:
    torch.manual_seed(0)
    source, target = people()
    style = style_of(source.parsing)
    operator = PATN(CONTEXT, width=4, blocks=3, norm="none").eval()
    for layer in operator.modules():  # so that no activation hides what a convolution could move
        if isinstance(layer, torch.nn.Conv2d):
            torch.nn.init.uniform_(layer.weight, 0, 0.1)
    operator(style, source, target).pyramid[0][..., 8, 12].sum().backward()
    reached = style.pyramid[0].grad.abs().sum((0, 1)) > 0  # type: ignore[union-attr]
    rows, columns = reached.any(1).nonzero(), reached.any(0).nonzero()
    assert (int(rows.min()), int(rows.max()), int(columns.min()), int(columns.max())) == (2, 14, 6, 18)
