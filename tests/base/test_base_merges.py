"""The baseline operators against the checks of their papers: shapes, invariances, statistics, gradients."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from tests.base.merging import CONTEXT, SIZE, people, style_of
from tests.support import make_person
from zoo.errors import ZooError
from zoo.interfaces import MergingOperator
from zoo.types import Merged, Person, Style
from zoo_base.gfla import GFLA
from zoo_base.merges import AdaIN, AdaINBlock, Concat, Stay, adain
from zoo_base.patn import PATN
from zoo_base.spade import SeanMerge, SpadeMerge
from zoo_base.styles import ConvEncoder, Pixels
from zoo_base.xattn import CrossAttention

OPERATORS = [(Stay, {}), (Concat, {"width": 4}), (Concat, {"width": 4, "vec": True}), (Concat, {"width": 4, "levels": 2}),
             (AdaIN, {"width": 4}), (AdaIN, {"width": 4, "levels": 2, "blocks": 2}),
             (PATN, {"width": 4, "blocks": 3}), (PATN, {"width": 4, "blocks": 2, "levels": 2}),
             (CrossAttention, {"width": 4}), (CrossAttention, {"width": 4, "levels": 2, "kernel": 3, "textures": 5}),
             (CrossAttention, {"width": 4, "variant": "dot", "levels": 2}),
             (GFLA, {"width": 4, "flow_width": 4}), (GFLA, {"width": 4, "flow_width": 4, "levels": 2, "kernels": (3,)}),
             (GFLA, {"width": 4, "flow_width": 4, "levels": 2, "flow_only": True}),
             (SpadeMerge, {"width": 4, "hidden": 8}), (SeanMerge, {"width": 4, "hidden": 8, "levels": 2})]  # fmt: skip


def run(operator: MergingOperator, style: Style, target: Person) -> Merged:
    return operator(style, people()[0], target)  # type: ignore[no-any-return]


def shuffled_in_regions(features: Tensor, parsing: Tensor) -> Tensor:
    """Every region's pixels in another order."""
    out = features.clone()
    for b in range(len(features)):
        for mask in parsing[b].bool():
            inside = features[b][:, mask]
            out[b][:, mask] = inside[:, torch.randperm(inside.shape[1])]
    return out


@pytest.mark.parametrize(("kind", "options"), OPERATORS)
def test_shapes_gradients_and_determinism(kind: type[MergingOperator], options: dict[str, object]) -> None:
    source, target = people()
    target = target.but(parsing=source.parsing)  # for those that read it
    operator, style = kind(CONTEXT, **options).eval(), style_of(source.parsing)  # type: ignore[call-arg]
    merged, again = run(operator, style, target), run(operator, style, target)
    assert torch.equal(merged.codes, style.codes)
    for features, other, c, s in zip(merged.pyramid, again.pyramid, operator.spec.channels, operator.spec.strides, strict=True):
        assert features.shape == (2, c, SIZE[0] // s, SIZE[1] // s)
        assert torch.equal(features, other) and torch.isfinite(features).all()
    sum(f.square().sum() for f in merged.pyramid).backward()
    for level in style.pyramid[: len(merged.pyramid)]:
        assert level.grad is not None and level.grad.abs().sum() > 0


def test_concat_is_the_convolution_of_the_stack() -> None:
    source, target = people()
    operator, style = Concat(CONTEXT, width=4), style_of(source.parsing)
    assert target.pose is not None
    stack = torch.cat([style.pyramid[0], operator.poses[0](target.pose)], 1)
    assert torch.equal(run(operator, style, target).pyramid[0], operator.fuse[0](stack))


def test_concat_vec_forgets_where_things_are_and_concat_does_not() -> None:
    source, target = people()
    style = style_of(source.parsing)
    shuffled = style.but(
        pyramid=(style.pyramid[0].flatten(2)[..., torch.randperm(16 * 24)].unflatten(2, (16, 24)), style.pyramid[1])
    )
    vec, plain = Concat(CONTEXT, width=4, vec=True), Concat(CONTEXT, width=4)
    torch.testing.assert_close(run(vec, style, target).pyramid[0], run(vec, shuffled, target).pyramid[0], atol=1e-4, rtol=1e-4)
    assert not torch.allclose(run(plain, style, target).pyramid[0], run(plain, shuffled, target).pyramid[0], atol=1e-2)


def test_adain_sets_mean_and_deviation_per_channel() -> None:
    scale, shift = torch.randn(2, 3, 1, 1), torch.randn(2, 3, 1, 1)
    out = adain(torch.randn(2, 3, 16, 12) * 5 + 2, scale, shift)
    torch.testing.assert_close(out.mean((2, 3), keepdim=True), shift, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(out.std((2, 3), correction=0, keepdim=True), (1 + scale).abs(), atol=1e-4, rtol=1e-4)


def test_adain_block_with_zero_modulation_is_a_plain_residual_block() -> None:
    block, x = AdaINBlock(4), torch.randn(2, 4, 8, 8)
    norm = torch.nn.InstanceNorm2d(4)
    plain = x + norm(block.second(norm(block.first(x)).relu()))
    torch.testing.assert_close(block(x, torch.zeros(2, 16)), plain)


def test_adain_reads_each_region_as_a_bag_of_pixels() -> None:
    _, target = people()
    labels = torch.randint(0, 6, (2, SIZE[0] // 2, SIZE[1] // 2))  # regions 6 and 7 are empty
    parsing = torch.nn.functional.one_hot(labels, 8).permute(0, 3, 1, 2).float()
    style = style_of(parsing)
    with torch.no_grad():
        shuffled = style.but(pyramid=(shuffled_in_regions(style.pyramid[0], parsing), style.pyramid[1]))
    operator = AdaIN(CONTEXT, width=4)
    before, after = (run(operator, s, target).pyramid[0] for s in (style, shuffled))
    torch.testing.assert_close(before, after, atol=1e-4, rtol=1e-4)


def test_adain_needs_a_parsing_and_says_so() -> None:
    with pytest.raises(ZooError, match="parsing"):
        run(AdaIN(CONTEXT, width=4), style_of(None), people()[1])


def test_too_many_levels_are_refused() -> None:
    with pytest.raises(ZooError, match="3 levels, the style encoder gives 2"):
        Concat(CONTEXT, levels=3)


def test_encoders_are_total_with_and_without_parsing() -> None:
    context = replace(CONTEXT, spec=None)
    source = make_person(SIZE)
    for encoder in (Pixels(context), ConvEncoder(context, width=4, depth=3, levels=2, channels=12)):
        for person in (source, source.but(parsing=None)):
            style = encoder(person)
            assert style.codes.shape == (2, 8, encoder.spec.code_width)
            shapes = [
                (2, c, SIZE[0] // s, SIZE[1] // s) for c, s in zip(encoder.spec.channels, encoder.spec.strides, strict=True)
            ]
            assert [tuple(level.shape) for level in style.pyramid] == shapes
    assert ConvEncoder(context, width=4, levels=3).spec.strides == (2, 4, 8)
    with pytest.raises(ZooError, match="depth is 3"):
        ConvEncoder(context, levels=4)
    with pytest.raises(ZooError, match="no image"):
        Pixels(context)(source.but(image=None))
