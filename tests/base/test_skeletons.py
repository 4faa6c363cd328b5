"""The flow starts where the skeletons say a pixel was, whatever the operator."""

import dataclasses
from typing import Any

import pytest
import torch
from torch.nn import functional as F

from tests.partflow.parts import standing
from tests.support import make_pair
from zoo.errors import ZooError
from zoo.interfaces import Context, MergingOperator
from zoo.ops.correlate import correlation
from zoo.ops.skinning import skinned_flow
from zoo.ops.warp import warp
from zoo.regions import vocabulary
from zoo.types import FeatureSpec, Fields, Merged, Pair, Person, Style
from zoo_base.gfla import GFLA
from zoo_base.skeletons import FromSkeletons, followed
from zoo_spgnet.flow import unit
from zoo_spgnet.merge import FlowWarp

SIZE, NOTHING = (32, 48), Fields()
CONTEXT = Context(
    size=SIZE, regions=vocabulary("scm8"), pose_channels=18, spec=FeatureSpec((1, 2, 4), (8, 8, 8), regions=8, code_width=6)
)


class Foreign(MergingOperator):
    """A stranger's operator, which remembers what it was handed."""

    def __init__(self, context: Context, fields: Fields = NOTHING) -> None:
        super().__init__()
        self.spec, self.fields = context.upstream, fields

    def forward(self, style: Style, source: Person, target: Person) -> Merged:
        self.seen = style, source
        return Merged(pyramid=style.pyramid, codes=style.codes, fields=self.fields)


def posed(pair: Pair) -> Pair:
    source, target = (p.but(pose=torch.rand(len(p), 18, *p.size)) for p in (pair.source, pair.target))
    return pair.but(source=source, target=target)


def style_of(pair: Pair) -> Style:
    height, width = pair.source.size
    pyramid = tuple(torch.randn(len(pair), 8, height >> s, width >> s) for s in range(3))
    return Style(pyramid=pyramid, codes=torch.zeros(2, 8, 6), parsing=pair.source.parsing)


def start_of(pair: Pair) -> torch.Tensor:
    return skinned_flow(*((p.joints, p.visible) for p in (pair.source, pair.target)), pair.source.size)[:, 0]


def test_a_learned_flow_starts_there() -> None:
    pair = posed(make_pair(SIZE))
    operator = FromSkeletons(CONTEXT, lambda c: FlowWarp(c, flow_width=4, flow_cap=8, flow_scales=2)).eval()
    fields: Any = operator(style_of(pair), pair.source, pair.target).fields
    start = start_of(pair)
    assert start.abs().max() > 1
    for s, estimate in enumerate(fields.estimates):
        torch.testing.assert_close(estimate * unit(SIZE[0]), F.avg_pool2d(start, 2 ** (s + 1)))


def test_a_leash_holds_what_is_learned() -> None:
    person = standing()
    person = person.but(pose=torch.rand(2, 18, *person.size))
    context = dataclasses.replace(CONTEXT, size=person.size, spec=FeatureSpec((4,), (8,), 8, 6))
    operator = FromSkeletons(context, lambda c: GFLA(c, width=4, flow_width=4, flow_cap=8), leash=0.0625).eval()
    inner: Any = operator.inner
    torch.nn.init.constant_(inner.flow_net.flow[0].bias, 1e3)
    style = Style(pyramid=(torch.randn(2, 8, 16, 8),), codes=torch.zeros(2, 8, 6))
    flow = operator(style, person, person.but(image=None)).fields.flow[0]
    torch.testing.assert_close(flow, torch.ones_like(flow), atol=1e-3, rtol=0)  # 1/16 of 16 rows


def test_any_other_operator_is_handed_what_has_moved_already() -> None:
    pair = posed(make_pair(SIZE))
    operator = FromSkeletons(CONTEXT, Foreign)
    style = style_of(pair)
    merged = operator(style, pair.source, pair.target)
    inner: Any = operator.inner
    seen, there = inner.seen
    assert torch.equal(merged.pyramid[0], warp(style.pyramid[0], start_of(pair), "border"))
    assert torch.equal(there.joints, pair.target.joints) and torch.equal(there.pose, pair.target.pose)
    torch.testing.assert_close(seen.parsing.sum(1), torch.ones(2, *SIZE))
    assert torch.equal(merged.fields.flow[0][:, 0], start_of(pair)), "the evidence tells of the whole way"


def test_a_motion_of_its_own_comes_on_top() -> None:
    first = torch.zeros(1, 2, 8, 8)
    first[:, 0, :, 4:] = 2.0  # the right half was two pixels further right
    shift = torch.zeros(1, 1, 2, 8, 8)
    shift[:, :, 0] = 4.0
    whole = followed(Fields(flow=(shift,)), first).flow[0][0, 0, 0]
    assert torch.equal(whole[:, :4], torch.full((8, 4), 6.0)), "the left half reads the right one, which had moved"
    keys = torch.eye(64).view(1, 64, 8, 8)
    looked = followed(Fields(correlation=correlation(keys.roll(-4, 3), keys, 0.001, "none")), first)
    assert looked.correlation is None
    torch.testing.assert_close(looked.flow[0][0, 0, 0, :, :4], torch.full((8, 4), 6.0), atol=1e-3, rtol=0)


def test_a_leash_is_refused_where_nothing_is_learned() -> None:
    with pytest.raises(ZooError, match="leash means nothing"):
        FromSkeletons(CONTEXT, Foreign, leash=0.1)
