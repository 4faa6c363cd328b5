"""GFLA against the checks of its paper, and its attention against the formula with the patches written out."""

import pytest
import torch
from torch import Tensor, nn

from tests.base.merging import CONTEXT, SPEC, people, style_of
from zoo.ops.patches import extract_patches
from zoo_base.gfla import GFLA, LocalAttention

GRID = (16, 24)  # of the finest level


class Said(nn.Module):
    """A flow net that says what it is told."""

    def __init__(self, flow: Tensor, mask: float) -> None:
        super().__init__()
        self.flow, self.mask = flow, mask

    def forward(self, x: Tensor) -> tuple[tuple[Tensor], tuple[Tensor]]:
        return (self.flow,), (torch.full_like(self.flow[:, :1], self.mask),)


def operator(flow: Tensor | None = None, mask: float = 1.0, offset: int | None = None, **options: object) -> GFLA:
    """With a given flow (zero by default) and mask; attention that knows only pixel `offset` of the patch, or is uniform."""
    torch.manual_seed(0)
    built = GFLA(CONTEXT, width=4, flow_width=4, hidden=8, **options).eval()  # type: ignore[arg-type]
    built.flow_net = Said(torch.zeros(2, 2, *GRID) if flow is None else flow, mask)  # type: ignore[assignment]
    for attend in built.attend:
        if isinstance(attend, LocalAttention):
            last = attend.choose[-1]
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)
            if offset is not None:
                last.bias.data[offset] = 1e4
    return built


def merged(built: GFLA, style: Tensor) -> Tensor:
    source, target = people()
    return built(style_of(None).but(pyramid=(style, style[:, :, ::2, ::2])), source, target).pyramid[0]


def style() -> Tensor:
    return torch.randn(2, SPEC.channels[0], *GRID, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("kernel", [3, 5])
def test_zero_flow_a_delta_and_a_full_mask_hand_the_style_on_exactly(kernel: int) -> None:
    assert torch.equal(merged(operator(offset=kernel**2 // 2, kernels=(kernel,)), style()), style())
    torch.testing.assert_close(merged(operator(flow_only=True), style()), style())


def test_an_empty_mask_leaves_the_pose() -> None:
    built = operator(mask=0.0)
    pose = built.poses[0](people()[1].pose)
    assert torch.equal(merged(built, style()), pose)
    half = merged(operator(mask=0.5, offset=12), style())
    torch.testing.assert_close(half, (style() + operator().poses[0](people()[1].pose)) / 2)


@pytest.mark.parametrize("kernel", [3, 5])
def test_uniform_attention_is_the_box_mean_and_legacy_its_kth_part(kernel: int) -> None:
    padded = nn.functional.pad(style(), (kernel // 2,) * 4, mode="replicate")
    mean = nn.functional.avg_pool2d(padded, kernel, 1)
    torch.testing.assert_close(merged(operator(kernels=(kernel,)), style()), mean)
    torch.testing.assert_close(merged(operator(kernels=(kernel,), legacy=True), style()), mean / kernel**2)


def test_an_integer_flow_shifts() -> None:
    flow = torch.zeros(2, 2, *GRID)
    flow[:, 0], flow[:, 1] = 3, -2
    for built in (operator(flow, offset=12), operator(flow, flow_only=True)):
        torch.testing.assert_close(merged(built, style())[..., 2:, :-3], style()[..., :-2, 3:])


@pytest.mark.parametrize("kernel", [3, 5])
def test_attention_is_two_layers_on_both_patches(kernel: int) -> None:
    torch.manual_seed(0)
    attend = LocalAttention(3, kernel, 7)
    for layer in (attend.of_pose, attend.of_style, attend.choose[-1]):
        nn.init.normal_(layer.weight)  # the start is too near to uniform to tell anything
    source, pose, flow = torch.randn(2, 3, 6, 9), torch.randn(2, 3, 5, 8), torch.randn(2, 2, 5, 8) * 5
    patches = [extract_patches(pose, torch.zeros_like(flow), kernel), extract_patches(source, flow, kernel)]
    stacked = torch.cat([p.flatten(1, 2) for p in patches], 1)
    weight = torch.cat([attend.of_pose.weight.flatten(1), attend.of_style.weight.flatten(1)], 1)
    hidden = nn.functional.conv2d(stacked, weight[..., None, None], attend.of_pose.bias)
    wanted = attend.choose(hidden).softmax(1)
    torch.testing.assert_close(attend.attention(source, pose, flow), wanted, atol=1e-4, rtol=1e-4)
    attended = (patches[1] * wanted[:, None]).sum(2)
    torch.testing.assert_close(attend(source, pose, flow), attended, atol=1e-4, rtol=1e-4)


def test_every_level_has_its_flow_its_kernel_and_its_mask() -> None:
    built = GFLA(CONTEXT, width=4, flow_width=4, levels=2).eval()
    source, target = people()
    found = built(style_of(None), source, target)
    assert [tuple(f.shape) for f in found.fields.flow] == [(2, 1, 2, 16, 24), (2, 1, 2, 8, 12)]
    assert [tuple(v.shape) for v in found.fields.visibility] == [(2, 1, 1, 16, 24), (2, 1, 1, 8, 12)]
    assert all((f == 0).all() for f in found.fields.flow), "training starts from the source as it stands"
    assert all(v.min() > 0 and v.max() < 1 for v in found.fields.visibility)
    assert [a.reach for a in built.attend] == [2, 1]
    assert [a.reach for a in GFLA(CONTEXT, width=4, flow_width=4, levels=2, kernels=(3,)).attend] == [1, 1]


def test_the_flow_net_sees_the_photo_and_both_poses() -> None:
    torch.manual_seed(0)
    built = GFLA(CONTEXT, width=4, flow_width=4).eval()
    for head in built.flow_net.flow:
        nn.init.normal_(head.weight, 0, 0.1)
    source, target = people()
    other, moved = people()[0].but(image=-source.image), torch.rand_like(target.pose)  # type: ignore[operator,arg-type]
    mine = built(style_of(None), source, target).fields.flow[0]
    seen = [(other, target), (source.but(pose=moved), target), (source, target.but(pose=moved))]
    assert all(not torch.allclose(built(style_of(None), s, t).fields.flow[0], mine) for s, t in seen)


def test_an_image_loss_reaches_flow_mask_attention_and_pose() -> None:
    torch.manual_seed(0)
    built = GFLA(CONTEXT, width=4, flow_width=4, hidden=8)
    source, target = people()
    built(style_of(None), source, target).pyramid[0].square().sum().backward()
    for reached in (built.flow_net.flow[0].weight, built.flow_net.visibility[0].weight, built.attend[0].of_style.weight):
        assert reached.grad is not None and reached.grad.abs().sum() > 0
    assert all(p.grad is not None for p in built.poses.parameters())


def test_flow_only_has_no_attention_and_fewer_parameters() -> None:
    count = [sum(p.numel() for p in GFLA(CONTEXT, width=4, flow_only=f).parameters()) for f in (False, True)]
    assert count[0] > count[1]
