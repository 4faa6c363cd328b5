"""Cross-attention against the checks of its papers: what sums to one, what order does not matter, what it copies."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from tests.base.merging import CONTEXT, people, style_of
from zoo.ops.correlate import matrix, transport
from zoo_base.xattn import CrossAttention, DotAttention, NeuralTextures

GRID, OTHER = (5, 7), (4, 6)


def maps(channels: int = 8) -> tuple[Tensor, Tensor]:
    torch.manual_seed(0)
    return torch.randn(2, channels, *GRID), torch.randn(2, channels, *OTHER)


@pytest.mark.parametrize("kernel", [1, 3])
def test_both_softmaxes_of_nted_sum_to_one_and_so_does_their_product(kernel: int) -> None:
    _, field = NeuralTextures(8, 6, kernel)(*maps())
    torch.testing.assert_close(field.key.sum(1), torch.ones(2, 6))  # E: each texture over the source
    torch.testing.assert_close(field.query.sum(2), torch.ones(2, 35))  # D: each target pixel over the textures
    torch.testing.assert_close(matrix(field).sum(2), torch.ones(2, 35))


def test_the_field_nted_exposes_is_what_it_does() -> None:
    pose, style = maps()
    operator = NeuralTextures(8, 6, 3)
    merged, field = operator(pose, style)
    torch.testing.assert_close(merged, (pose + transport(field, operator.value(style))) / 2**0.5)


def test_one_texture_is_one_value_everywhere() -> None:
    pose, style = maps()
    out = NeuralTextures(8, 1, 3)(pose, style)[0] * 2**0.5 - pose
    torch.testing.assert_close(out, out[..., :1, :1].expand_as(out))


def copying(sharpness: float) -> DotAttention:
    """Queries, keys and values as they are, the queries scaled."""
    attention = DotAttention(24, 1, 24)
    for layer, scale in ((attention.query, sharpness), (attention.key, 1), (attention.value, 1), (attention.out, 1)):
        torch.nn.init.zeros_(layer.bias)
        torch.nn.init.dirac_(layer.weight)
        layer.weight.data.mul_(scale)
    return attention


def test_sharp_dot_attention_with_orthonormal_keys_copies() -> None:
    style = torch.eye(24).view(1, 24, 4, 6)  # position i holds the i-th unit vector
    chosen = torch.randperm(24)[:20]
    pose = torch.eye(24)[:, chosen].view(1, 24, 4, 5)
    errors = [(copying(s)(pose, style)[0] - 2 * pose).abs().max() for s in (1, 10, 1000)]
    assert errors[0] > errors[1] > errors[2] and errors[2] < 1e-6
    field = matrix(copying(1000)(pose, style)[1])[0]
    assert torch.equal(field.argmax(1), chosen)


def test_dot_attention_with_one_head_is_its_field_applied_to_the_values() -> None:
    pose, style = maps()
    operator = DotAttention(8, 1, 5)
    merged, field = operator(pose, style)
    torch.testing.assert_close(merged, pose + operator.out(transport(field, operator.value(style))))
    torch.testing.assert_close(matrix(DotAttention(8, 4, 5)(pose, style)[1]).sum(2), torch.ones(2, 35))


@pytest.mark.parametrize("variant", ["nted", "dot"])
def test_the_order_of_source_pixels_does_not_matter(variant: str) -> None:
    source, target = people()
    style, order = style_of(source.parsing), torch.randperm(16 * 24)
    shuffled = style.but(pyramid=(style.pyramid[0].flatten(2)[..., order].unflatten(2, (16, 24)), style.pyramid[1]))
    operator = CrossAttention(CONTEXT, width=4, variant=variant)  # type: ignore[arg-type]
    before, after = (operator(s, source, target) for s in (style, shuffled))
    torch.testing.assert_close(before.pyramid[0], after.pyramid[0], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(matrix(before.fields.correlation)[..., order], matrix(after.fields.correlation))


def test_nted_has_as_many_textures_as_the_map_has_rows() -> None:
    found = [level.extract.out_channels for level in CrossAttention(CONTEXT, width=4, levels=2).levels]
    assert found == [16, 8]
    tall = replace(CONTEXT, size=(64, 48))
    assert CrossAttention(tall, width=4, textures=5).levels[0].extract.out_channels == 5


def test_a_pixel_without_colour_has_no_direction_and_breaks_nothing() -> None:
    pose, style = maps(3)
    style = torch.ones_like(style).requires_grad_()
    NeuralTextures(3, 4, 1)(pose, style)[0].sum().backward()
    assert style.grad is not None and style.grad.isfinite().all()
