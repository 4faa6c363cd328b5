"""The flow net: sizes, strides, a start at zero, and gradients to every parameter."""

import pytest
import torch

from zoo.errors import ZooError
from zoo_base.flownet import EncoderBlock, FlowNet, ResBlockDecoder, halvings


@pytest.mark.parametrize("norm", ["instance", "none"])
@pytest.mark.parametrize("strides", [(4,), (4, 8), (1, 2, 4), (16,)])
def test_every_stride_has_a_zero_flow_and_an_undecided_visibility_at_first(strides: tuple[int, ...], norm: str) -> None:
    net = FlowNet(5, width=4, cap=8, scales=4, strides=strides, norm=norm)  # type: ignore[arg-type]
    flows, visibilities = net(torch.rand(2, 5, 64, 32))
    assert [tuple(f.shape) for f in flows] == [(2, 2, 64 // s, 32 // s) for s in strides]
    assert [tuple(v.shape) for v in visibilities] == [(2, 1, 64 // s, 32 // s) for s in strides]
    assert all((f == 0).all() for f in flows)
    assert all((v == 0.5).all() for v in visibilities)


def test_every_parameter_learns() -> None:
    net = FlowNet(6, width=4, cap=8, scales=3, strides=(2, 4))
    for head in (*net.flow, *net.visibility):
        torch.nn.init.normal_(head.weight)
    flows, visibilities = net(torch.randn(2, 6, 32, 16))
    sum(x.square().sum() for x in (*flows, *visibilities)).backward()  # type: ignore[union-attr]
    assert all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters())
    assert all(p.grad.abs().sum() > 0 for n, p in net.named_parameters() if "weight" in n and p.grad is not None)


def test_half_precision_leaves_the_flow_whole() -> None:
    net = FlowNet(3, width=4, cap=8, scales=2, strides=(2,))
    with torch.autocast("cpu", torch.bfloat16):
        flows, visibilities = net(torch.randn(1, 3, 16, 16))
    assert flows[0].dtype == visibilities[0].dtype == torch.float32


def test_the_paper_s_layout() -> None:
    net = FlowNet(39)
    assert [block[2].weight.shape[:2] for block in net.down] == [(32, 39), (64, 32), (128, 64), (256, 128), (256, 256)]  # type: ignore[index]
    assert [j.weight.shape[:2] for j in net.jump] == [(256, 256), (128, 128), (64, 64)]


def test_strides_beyond_the_net_are_refused() -> None:
    with pytest.raises(ZooError, match="3 halvings"):
        FlowNet(3, scales=3, strides=(4, 16))
    with pytest.raises(ZooError, match="power of two"):
        FlowNet(3, strides=(6,))


@pytest.mark.parametrize(
    ("size", "most", "expected"),
    [((256, 256), 5, 5), ((64, 64), 5, 5), ((64, 64), 3, 3), ((48, 32), 5, 4), ((128, 64), 5, 5), ((33, 64), 5, 0)],
)
def test_halvings_are_exact_and_leave_two_pixels(size: tuple[int, int], most: int, expected: int) -> None:
    assert halvings(size, most) == expected


def test_a_raw_block_sees_what_is_dark() -> None:
    """Images lie in [-1,1]: an activation in front would hand on a tenth of what is below 0."""
    dark = -torch.rand(1, 3, 8, 8)
    raw, plain = (EncoderBlock(3, 4, norm="none", raw=raw) for raw in (True, False))
    for mine, theirs in zip(plain.parameters(), raw.parameters(), strict=True):
        mine.data.copy_(theirs)
    raw_seen, plain_seen = ((block(dark) - block(dark / 2)).abs().mean() for block in (raw, plain))
    assert raw_seen > 5 * plain_seen and torch.allclose(raw(-dark), plain(-dark))
    assert ResBlockDecoder(4, 6, norm="none")(raw(dark)).shape == (1, 6, 8, 8)
