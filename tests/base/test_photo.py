"""The photo goes along with whatever a merging operator does, and any generator finds it by the spec."""

import dataclasses
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from tests.support import make_pair
from zoo.errors import ZooError
from zoo.interfaces import Context, MergingOperator
from zoo.ops.correlate import correlation
from zoo.ops.skinning import skinned_flow
from zoo.ops.warp import warp
from zoo.regions import vocabulary
from zoo.types import FeatureSpec, Fields, Merged, Pair, Person, PhotoChannels, Style
from zoo_base.photo import PhotoAlong, PhotoInStyle

SIZE, NOTHING = (32, 24), Fields()


class Foreign(MergingOperator):
    """A stranger's operator: hands the style on with fields it was given, and knows nothing of photos."""

    def __init__(self, context: Context, fields: Fields) -> None:
        super().__init__()
        self.spec, self.fields = context.upstream, fields

    def forward(self, style: Style, source: Person, target: Person) -> Merged:
        return Merged(pyramid=style.pyramid, codes=style.codes, fields=self.fields)


def context(stride: int = 4) -> Context:
    return Context(size=SIZE, regions=vocabulary("scm8"), pose_channels=18, spec=FeatureSpec((stride,), (5,), 8, 5))


def worn(wrapper: type, fields: Fields = NOTHING, stride: int = 4, **options: Any) -> Any:
    return wrapper(context(stride), lambda inner: Foreign(inner, fields), **options)


def style_of(pair: Pair, stride: int = 4, **known: Any) -> Style:
    return Style(pyramid=(torch.randn(2, 5, SIZE[0] // stride, SIZE[1] // stride),), codes=torch.zeros(2, 8, 5), **known)


def photo_in(merged: Merged, spec: FeatureSpec) -> Tensor:
    """The photo as a generator finds it: (B,3,H,W)."""
    assert spec.photo is not None
    cells = merged.pyramid[0][:, spec.photo.start : spec.photo.start + spec.photo.count]
    shown: Tensor = F.pixel_shuffle(cells, spec.strides[0])
    return shown


def flow(dx: float, dy: float, parts: int = 1) -> Tensor:
    """A constant flow of maps of 8 x 6."""
    return torch.tensor([float(dx), float(dy)]).view(1, 1, 2, 1, 1).expand(2, parts, 2, 8, 6).clone()


@pytest.mark.parametrize("stride", [1, 4])
def test_a_flow_of_any_size_moves_the_photo_at_full_size(stride: int) -> None:
    pair = make_pair(SIZE)
    operator = worn(PhotoAlong, Fields(flow=(flow(1, 0.5),)), stride)
    merged = operator(style_of(pair, stride), pair.source, pair.target)
    assert operator.spec.strides == ((1,) if stride == 1 else (1, 4))
    assert [level.shape[1] for level in merged.pyramid] == list(operator.spec.channels)
    moved = photo_in(merged, operator.spec)
    torch.testing.assert_close(moved[:, :, :-2, :-4], pair.source.image[:, :, 2:, 4:], atol=1e-4, rtol=0)


def test_parts_are_laid_side_by_side_and_the_rest_stays() -> None:
    pair, visibility = make_pair(SIZE), torch.zeros(2, 2, 1, 8, 6)
    visibility[:, 0, :, :4], visibility[:, 1, :, 4:6] = 1, 1
    operator = worn(PhotoAlong, Fields(flow=(torch.cat([flow(1, 0), flow(0, 0)], 1),), visibility=(visibility,)))
    moved = photo_in(operator(style_of(pair), pair.source, pair.target), operator.spec)
    torch.testing.assert_close(moved[:, :, :12, :-4], pair.source.image[:, :, :12, 4:], atol=1e-4, rtol=0)
    torch.testing.assert_close(moved[:, :, 20:], pair.source.image[:, :, 20:], atol=1e-4, rtol=0)


def test_a_correlation_moves_all_pixels_of_each_cell() -> None:
    pair, keys = make_pair(SIZE), torch.eye(48).view(1, 48, 8, 6).expand(2, -1, -1, -1)
    operator = worn(PhotoAlong, Fields(correlation=correlation(keys.roll(1, 3), keys, 0.001, "none")))
    moved = photo_in(operator(style_of(pair), pair.source, pair.target), operator.spec)
    torch.testing.assert_close(moved, pair.source.image.roll(4, 3), atol=1e-4, rtol=0)


def test_skeletons_move_it_where_the_operator_exposes_nothing() -> None:
    pair = make_pair(SIZE)
    operator = worn(PhotoAlong, along="skeletons")
    moved = photo_in(operator(style_of(pair), pair.source, pair.target), operator.spec)
    people = ((p.joints, p.visible) for p in (pair.source, pair.target))
    assert torch.equal(moved, warp(pair.source.image, skinned_flow(*people, SIZE)[:, 0], "border"))
    with pytest.raises(ZooError, match="exposes no flow") as error:
        worn(PhotoAlong)(style_of(pair), pair.source, pair.target)
    assert error.value.fix == "--set merge.wear.photo.along=skeletons"


@pytest.mark.parametrize("lowest", [-1, 0])
def test_beside_the_style_the_operator_itself_moves_every_pixel(lowest: int) -> None:
    pair = make_pair(SIZE)
    operator = worn(PhotoInStyle, lowest=lowest)
    assert operator.spec.photo == PhotoChannels(5, 48, lowest) and operator.spec.channels == (53,)
    shown = photo_in(operator(style_of(pair), pair.source, pair.target), operator.spec)
    wanted = pair.source.image if lowest else (pair.source.image + 1) / 2
    torch.testing.assert_close(shown, wanted)


@pytest.mark.parametrize("wrapper", [PhotoAlong, PhotoInStyle])
def test_what_goes_along_is_the_photo_as_the_encoder_read_or_an_edit_left_it(wrapper: type) -> None:
    pair = make_pair(SIZE)
    operator = worn(wrapper, Fields(flow=(flow(0, 0),)))
    merged = operator(style_of(pair, photo=-pair.source.image), pair.source, pair.target)
    torch.testing.assert_close(photo_in(merged, operator.spec), -pair.source.image, atol=1e-4, rtol=0)


def test_parts_read_from_several_photos_need_a_flow_of_the_same_parts() -> None:
    pair = make_pair(SIZE)
    mixed = torch.stack([pair.source.image, -pair.source.image], 1)
    everywhere = Fields(flow=(flow(0, 0, 2),), visibility=(torch.tensor([0.0, 1.0]).view(1, 2, 1, 1, 1).expand(2, 2, 1, 8, 6),))
    operator = worn(PhotoAlong, everywhere)
    merged = operator(style_of(pair, photo=mixed), pair.source, pair.target)
    torch.testing.assert_close(photo_in(merged, operator.spec), -pair.source.image, atol=1e-4, rtol=0)
    for other in (worn(PhotoAlong, Fields(flow=(flow(0, 0),))), worn(PhotoAlong, along="skeletons"), worn(PhotoInStyle)):
        with pytest.raises(ZooError, match="parts"):
            other(style_of(pair, photo=mixed), pair.source, pair.target)


def test_sides_that_do_not_divide_evenly_still_fit() -> None:
    pair = make_pair((30, 22))
    style = Style(pyramid=(torch.randn(2, 5, 7, 5),), codes=torch.zeros(2, 8, 5))
    upstream = dataclasses.replace(context(), size=(30, 22))
    operator = PhotoInStyle(upstream, lambda inner: Foreign(inner, Fields()))
    assert operator(style, pair.source, pair.target).pyramid[0].shape == (2, 53, 7, 5)
