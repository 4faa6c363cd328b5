"""Flows that start from the skeleton, and the photo that goes along (ours)."""

import dataclasses

import torch

from tests.partflow.parts import CONTEXT, SIZE, drawn, encoder, operator, standing
from zoo.types import Fields, Merged, Person
from zoo_base.painting import PaintedOver
from zoo_base.photo import PhotoAlong
from zoo_base.skeletons import FromSkeletons
from zoo_partflow.generator import PartDecoder


def skinned(**options: object) -> FromSkeletons:
    return FromSkeletons(CONTEXT, lambda _: operator(**options), leash=0.0625).eval()


def carrying() -> PhotoAlong:
    return PhotoAlong(CONTEXT, lambda _: skinned()).eval()


def merged(source: Person, target: Person) -> Merged:
    return skinned()(encoder()(source), source, target)


def flow_of(fields: Fields) -> torch.Tensor:
    return fields.flow[0]


def test_untrained_flows_are_the_skeletons():
    source = drawn(standing())
    assert flow_of(merged(source, source).fields).abs().max() < 1e-3
    moved = drawn(source.but(joints=source.joints + torch.tensor([4.0, -8.0])))
    flow = flow_of(merged(source, moved).fields)
    assert flow.shape == (2, 3, 2, SIZE[0] // 4, SIZE[1] // 4)
    torch.testing.assert_close(flow, torch.tensor([-1.0, 2.0]).view(1, 1, 2, 1, 1).expand_as(flow), atol=1e-3, rtol=0)


def test_a_leg_joint_leaves_the_heads_flow_bit_identical():
    source, target = drawn(standing()), standing(seed=1)
    kicked = target.joints.clone()
    kicked[:, 10] += torch.tensor([5.0, -6.0])
    before, after = (flow_of(merged(source, drawn(target.but(joints=j))).fields) for j in (target.joints, kicked))
    assert torch.equal(before[:, 0], after[:, 0]) and not torch.equal(before[:, 2], after[:, 2])


def test_the_nets_cannot_leave_the_skeleton_behind():
    source, op = drawn(standing()), skinned()
    for net in op.inner.flow_nets:
        torch.nn.init.constant_(net.flow[0].bias, 1e3)
    flow = flow_of(op(encoder()(source), source, source).fields)
    torch.testing.assert_close(flow, torch.ones_like(flow), atol=1e-3, rtol=0)  # 1/16 of 16 rows


def test_people_of_whom_nothing_is_known_do_not_flow():
    source = drawn(standing())
    nobody = drawn(source.but(visible=torch.zeros_like(source.visible), joints=torch.full_like(source.joints, torch.nan)))
    assert torch.equal(flow_of(merged(source, nobody).fields), torch.zeros(2, 3, 2, 16, 8))


def test_the_photo_goes_along():
    source = drawn(standing())
    still = carrying()(encoder()(source), source, source).pyramid[0]
    torch.testing.assert_close(still, source.image, atol=1e-4, rtol=0)
    moved = drawn(source.but(joints=source.joints + torch.tensor([4.0, 0.0])))
    op = carrying()
    for net in op.inner.inner.flow_nets:
        torch.nn.init.constant_(net.visibility[0].bias, 50.0)  # sure that all is seen
    photo = op(encoder()(source), source, moved).pyramid[0]
    torso = (..., slice(18, 26), slice(16, 22))
    wanted = source.image.roll(4, 3)
    assert (photo[torso] - wanted[torso]).abs().mean() < 0.05 < (source.image[torso] - wanted[torso]).abs().mean()


def test_an_edit_moves_each_part_of_its_own_photo():
    own, other = drawn(standing()), drawn(standing(seed=5))
    op, style = carrying(), encoder()
    for net in op.inner.inner.flow_nets:
        torch.nn.init.constant_(net.visibility[0].bias, 50.0)
    dressed = style.edit(style(own), style(other), [1])  # trousers
    photo = op(dressed, own, own).pyramid[0]
    kept = op(style(own), own, own).pyramid[0]
    head, legs = (..., slice(4, 10), slice(13, 20)), (..., slice(40, 54), slice(12, 20))
    torch.testing.assert_close(photo[head], kept[head], atol=1e-4, rtol=0)
    assert (photo[legs] - kept[legs]).abs().mean() > 0.1


def test_the_decoder_reads_the_photo_at_full_size():
    op = carrying()
    assert op.spec.strides == (1, 4) and op.spec.channels == (3, 16)
    source = drawn(standing())
    context = dataclasses.replace(CONTEXT, spec=op.spec)
    decoder = PaintedOver(context, lambda c: PartDecoder(c, width=16, norm="none"), how="add")
    out = op(encoder()(source), source, drawn(standing(seed=1)))
    assert decoder(out, source).shape == source.image.shape
    other = out.but(pyramid=(out.pyramid[0].flip(3), *out.pyramid[1:]))
    assert not torch.equal(decoder(out, source), decoder(other, source))
