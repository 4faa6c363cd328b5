"""What spgnet.warp adds to the paper: a flow that starts from the skeletons, and the photo beside the finest level."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from tests.spgnet.test_properties import CONTEXT, SIZE, posed, warp_operator
from tests.support import make_pair
from zoo.errors import ZooError
from zoo.ops.skinning import skinned_flow
from zoo.types import Pair, Style
from zoo_spgnet.flow import unit
from zoo_spgnet.style import DualPathStyle


def style_of(pair: Pair) -> Style:
    return Style(
        pyramid=tuple(torch.randn(len(pair.source), 8, 32 >> s, 48 >> s) for s in range(3)), codes=torch.zeros(2, 8, 6)
    )


def test_the_flow_starts_where_the_skeletons_say() -> None:
    operator, pair = warp_operator(skinned=True).eval(), posed(make_pair(SIZE))
    fields = operator(style_of(pair), pair.source, pair.target).fields
    known = ((p.joints, p.visible) for p in (pair.source, pair.target))
    start = skinned_flow(*known, SIZE)[:, 0]
    assert start.abs().max() > 1
    for s, estimate in enumerate(fields.estimates):
        torch.testing.assert_close(estimate * unit(SIZE[0]), F.avg_pool2d(start, 2 ** (s + 1)))


def test_the_photo_goes_along_beside_the_finest_level() -> None:
    operator, pair = warp_operator(photo=True).eval(), posed(make_pair(SIZE))
    assert operator.spec.channels == (11, 8, 8)
    nn.init.constant_(operator.flow.flow[0][1].bias, 3 / unit(SIZE[0]))  # from 3 px further down on the right
    finest = operator(style_of(pair), pair.source, pair.target).pyramid[0]
    torch.testing.assert_close(finest[:, 8:, :-3, :-3], pair.source.image[:, :, 3:, 3:], atol=1e-4, rtol=1e-4)
    style = style_of(pair)
    coarse = operator(style.but(pyramid=style.pyramid[1:]), pair.source, pair.target).pyramid[0]
    torch.testing.assert_close(coarse[:, 8:], F.avg_pool2d(finest[:, 8:], 2), atol=1e-4, rtol=1e-4)


def test_an_edit_of_the_style_reaches_the_photo() -> None:
    operator, pair = warp_operator(photo=True).eval(), posed(make_pair(SIZE))
    edited = style_of(pair).but(photo=-pair.source.image)
    torch.testing.assert_close(operator(edited, pair.source, pair.target).pyramid[0][:, 8:], -pair.source.image)


def test_the_encoder_hands_its_photo_to_the_edit() -> None:
    encoder, people = DualPathStyle(CONTEXT, scales=2, width=4, cap=8, code_width=6, code_base=4), make_pair(SIZE)
    own, other = (encoder(person) for person in (people.source, make_pair(SIZE, seed=9).source))
    assert own.photo is not None and torch.equal(own.photo, people.source.image)
    edited = encoder.edit(own, other, [2])
    assert edited.photo is not None and not torch.equal(edited.photo, own.photo)


@pytest.mark.parametrize("option", ["skinned", "photo"])
def test_what_goes_with_a_flow_is_refused_without_one(option: str) -> None:
    with pytest.raises(ZooError, match=f"{option} means nothing without a flow"):
        warp_operator(flow="none", **{option: True})
