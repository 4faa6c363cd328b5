"""The laws of pooling, painting and swapping regions."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from tests.support import make_person
from zoo.errors import ZooError
from zoo.ops.regions import one_hot, region_codes, region_paint, region_pool, region_stats, remap, resize_parsing, swap_regions
from zoo.types import Style

REGIONS, SIZE = 5, (12, 8)
seeds = st.integers(0, 1000)
few = settings(max_examples=20, deadline=None)


def parsing_of(seed: int, empty: int | None = None) -> Tensor:
    labels = torch.randint(0, REGIONS, (2, *SIZE), generator=torch.Generator().manual_seed(seed))
    if empty is not None:
        labels[labels == empty] = (empty + 1) % REGIONS
    return one_hot(labels, REGIONS)


def random(seed: int, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def style_of(seed: int, empty: int | None = None) -> Style:
    pyramid = (random(seed, 2, 4, *SIZE), random(seed + 1, 2, 6, SIZE[0] // 2, SIZE[1] // 2))
    codes, parts = random(seed + 2, 2, REGIONS, 3), random(seed + 3, 2, REGIONS, 2, 3, 2)
    return Style(pyramid=pyramid, codes=codes, parsing=parsing_of(seed, empty), parts=parts)


def assert_same(one: Style, two: Style) -> None:
    for a, b in zip((*one.pyramid, one.codes, one.parts), (*two.pyramid, two.codes, two.parts), strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-5)


def test_one_hot_marks_the_label_and_refuses_unknown_ones() -> None:
    labels = torch.tensor([[[0, 2], [1, 2]]])
    assert torch.equal(one_hot(labels, 3).argmax(1), labels) and torch.equal(one_hot(labels, 3).sum(1), torch.ones(1, 2, 2))
    with pytest.raises(ZooError, match="from 0 to 255"):
        one_hot(torch.tensor([[[0, 255]]]), 20)


@few
@given(seeds, st.lists(st.integers(0, 2), min_size=REGIONS, max_size=REGIONS))
def test_remap_keeps_the_sum_and_agrees_with_remapped_labels(seed: int, table: list[int]) -> None:
    parsing = parsing_of(seed)
    assert torch.equal(remap(parsing, table, 3), one_hot(torch.tensor(table)[parsing.argmax(1)], 3))
    soft = random(seed, 2, REGIONS, *SIZE).softmax(1)
    torch.testing.assert_close(remap(soft, table, 3).sum(1), torch.ones(2, *SIZE))


def test_remap_refuses_a_table_of_another_length() -> None:
    with pytest.raises(ZooError, match="4 entries"):
        remap(parsing_of(0), [0, 1, 2, 0], 3)


def test_resizing_keeps_a_parsing_one_hot() -> None:
    small = resize_parsing(parsing_of(0), (5, 3))
    assert small.shape == (2, REGIONS, 5, 3) and torch.equal(small.sum(1), torch.ones(2, 5, 3))


@few
@given(seeds)
def test_pooling_what_was_painted_returns_the_codes(seed: int) -> None:
    parsing, codes = parsing_of(seed), random(seed, 2, REGIONS, 3)
    torch.testing.assert_close(region_pool(region_paint(codes, parsing), parsing), codes)


@few
@given(seeds)
def test_pooled_code_is_the_mean_of_its_region_only(seed: int) -> None:
    parsing, features = parsing_of(seed), random(seed, 2, 3, *SIZE)
    codes = region_pool(features, parsing)
    inside = parsing[0, 2].bool()
    torch.testing.assert_close(codes[0, 2], features[0][:, inside].mean(1))
    elsewhere = region_pool(features + 7 * (1 - parsing[:, 2:3]), parsing)
    torch.testing.assert_close(elsewhere[:, 2], codes[:, 2])
    order = torch.tensor([3, 0, 4, 1, 2])
    torch.testing.assert_close(region_pool(features, parsing[:, order]), codes[:, order])


def test_empty_region_gives_zeros_and_finite_gradients() -> None:
    features = random(0, 2, 3, *SIZE).requires_grad_()
    mean, variance = region_stats(features, parsing_of(0, empty=1))
    assert mean[:, 1].abs().max() == 0 and variance[:, 1].abs().max() == 0
    (mean.sum() + (variance + 1e-5).sqrt().sum()).backward()
    assert features.grad is not None and torch.isfinite(features.grad).all()


def test_region_variance_is_the_population_variance() -> None:
    parsing, features = parsing_of(3), random(3, 2, 3, *SIZE)
    _, variance = region_stats(features, parsing)
    torch.testing.assert_close(variance[1, 4], features[1][:, parsing[1, 4].bool()].var(1, correction=0))


def test_codes_without_a_parsing_are_the_mean_of_the_image() -> None:
    image = make_person(SIZE).image
    assert image is not None
    codes = region_codes(image, None, REGIONS)
    assert codes.shape == (2, REGIONS, 3)
    torch.testing.assert_close(codes[:, 3], image.mean((2, 3)))


@few
@given(seeds, st.sets(st.integers(0, REGIONS - 1)))
def test_swapping_in_the_same_style_changes_nothing(seed: int, regions: set[int]) -> None:
    style = style_of(seed, empty=2)
    assert_same(swap_regions(style, style, sorted(regions)), style)


@few
@given(seeds)
def test_two_swaps_compose_in_any_order(seed: int) -> None:
    style, reference = style_of(seed), style_of(seed + 500, empty=0)
    both = swap_regions(style, reference, [1, 3])
    assert_same(both, swap_regions(swap_regions(style, reference, [1]), reference, [3]))
    assert_same(both, swap_regions(swap_regions(style, reference, [3]), reference, [1]))


def test_swap_moves_the_region_to_the_reference_mean_and_touches_nothing_else() -> None:
    style, reference = style_of(0), style_of(500)
    edited = swap_regions(style, reference, [2])
    assert style.parsing is not None and reference.parsing is not None
    found, wanted = region_pool(edited.pyramid[0], style.parsing), region_pool(reference.pyramid[0], reference.parsing)
    torch.testing.assert_close(found[:, 2], wanted[:, 2], atol=1e-5, rtol=1e-5)
    outside = (1 - style.parsing[:, 2:3]).bool().expand_as(style.pyramid[0])
    assert torch.equal(edited.pyramid[0][outside], style.pyramid[0][outside])
    assert edited.photo is None
    pictured = swap_regions(style.but(photo=style.pyramid[0]), reference.but(photo=reference.pyramid[0]), [2])
    assert pictured.photo is not None and torch.equal(pictured.photo, edited.pyramid[0])
    assert torch.equal(edited.codes[:, 2], reference.codes[:, 2]) and torch.equal(edited.codes[:, 1], style.codes[:, 1])


def test_a_region_the_reference_lacks_leaves_the_pyramid_alone() -> None:
    style, reference = style_of(0), style_of(500, empty=2)
    assert torch.equal(swap_regions(style, reference, [2]).pyramid[0], style.pyramid[0])


def test_swap_refuses_unknown_regions_and_missing_parsings() -> None:
    style = style_of(0)
    with pytest.raises(ZooError, match=r"0\.\.4"):
        swap_regions(style, style, [REGIONS])
    with pytest.raises(ZooError, match="parsing"):
        swap_regions(style.but(parsing=None), style, [0])
