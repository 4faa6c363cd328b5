"""Parts: what the encoder reads of the photo, what an edit swaps, and how the operator takes styles it knows or does not."""

import dataclasses

import pytest
import torch

from tests.partflow.parts import CONTEXT, SIZE, drawn, encoder, operator, standing
from zoo.errors import ZooError
from zoo.ops.boxes import box_masks, part_boxes
from zoo.ops.regions import resize_parsing
from zoo.recipes.catalog import catalog
from zoo.regions import VOCABULARIES, vocabulary
from zoo.skeleton import JOINT_GROUPS
from zoo.types import FeatureSpec, Merged, Style
from zoo_partflow.blocks import PartEncoder
from zoo_partflow.generator import PartDecoder
from zoo_partflow.merge import PartFlowMerge
from zoo_partflow.style import WORN_BY, PartStyle

PANTS, HAIR, UPPER, BACKGROUND = (vocabulary("scm8").index(label) for label in ("pants", "hair", "upper", "background"))


def runs(features: torch.Tensor, count: int = 3) -> tuple[torch.Tensor, ...]:
    return features.chunk(count, 1)


def test_every_label_of_every_vocabulary_belongs_to_one_part():
    worn = [label for labels in WORN_BY.values() for label in labels.split()]
    assert len(worn) == len(set(worn))
    bodies = (v for name, v in VOCABULARIES.items() if name not in ("face8", "pinet12"))  # a face, and labels without names
    assert {label for v in bodies for label in v.labels} <= set(worn)


def test_what_lies_outside_its_box_does_not_reach_a_part():
    enc, person = encoder(), standing()
    masks = box_masks(part_boxes(person.joints, person.visible, SIZE), SIZE)
    for k in range(3):
        outside = torch.where(masks[:, k, None] > 0, person.image, standing(seed=3).image)
        maps = (runs(enc(p).pyramid[0]) for p in (person, person.but(image=outside)))
        changed = [not torch.equal(a, b) for a, b in zip(*maps, strict=True)]
        assert not changed[k] and any(changed)


def test_an_edit_swaps_whole_parts_with_the_joints_they_were_seen_at():
    enc, merge = encoder(), operator()
    for net in merge.flow_nets:
        torch.nn.init.normal_(net.flow[0].weight)
    own, other, target = drawn(standing()), drawn(standing(seed=5)), drawn(standing(seed=1))
    style, reference = enc(own), enc(other)
    worn = enc.edit(style, reference, [PANTS])
    head, torso, leg = runs(worn.pyramid[0])
    assert torch.equal(head, runs(style.pyramid[0])[0]) and torch.equal(torso, runs(style.pyramid[0])[1])
    assert torch.equal(leg, runs(reference.pyramid[0])[2])
    assert worn.origins == (style.origins[0], style.origins[1], reference.origins[2])
    flow, of_own, of_other = (merge(s, own, target).fields.flow[0] for s in (worn, style, reference))
    assert torch.equal(flow[:, :2], of_own[:, :2]) and torch.equal(flow[:, 2], of_other[:, 2])
    assert not torch.equal(of_own[:, 2], of_other[:, 2])


def test_edits_compose_and_everything_swapped_is_the_reference():
    enc = encoder(background=True)
    style, reference = enc(drawn(standing())), enc(drawn(standing(seed=5)))
    both = enc.edit(style, reference, [HAIR, UPPER])
    assert torch.equal(both.pyramid[0], enc.edit(enc.edit(style, reference, [UPPER]), reference, [HAIR]).pyramid[0])
    everything = enc.edit(style, reference, range(8))
    assert torch.equal(everything.pyramid[0], reference.pyramid[0]) and torch.equal(everything.codes, reference.codes)
    assert torch.equal(enc.edit(style, style, [PANTS]).codes, style.codes)


def test_no_parsing_is_needed_to_encode_or_edit():
    enc = encoder()
    bare, other = (drawn(standing(seed=s)).but(parsing=None) for s in (0, 5))
    style = enc(bare)
    torch.testing.assert_close(style.pyramid[0], enc(drawn(standing())).pyramid[0])
    assert style.codes.shape == (2, 8, 24)
    assert not torch.equal(enc.edit(style, enc(other), [PANTS]).pyramid[0], style.pyramid[0])


def test_an_edit_of_no_part_is_refused_and_one_part_is_edited_by_region():
    style = encoder()(drawn(standing()))
    for region in (BACKGROUND, 8, -1):
        with pytest.raises(ZooError, match="none of the parts"):
            encoder().edit(style, style, [region])
    whole = encoder(groups="whole")
    one, other = whole(drawn(standing())), whole(drawn(standing(seed=5)))
    assert not torch.equal(whole.edit(one, other, [PANTS]).pyramid[0], one.pyramid[0])


def test_the_background_stays_in_place_and_reaches_the_image():
    enc = encoder(background=True)
    assert enc.spec.groups == 4 and enc.spec.channels == (32,)
    merge = operator(enc.spec)
    seen = []
    merge.fusions[0].dilated[3].register_forward_hook(lambda _, inputs, __: seen.append(inputs[0]))
    source = drawn(standing())
    style = enc(source)
    merged = merge(style, source, drawn(standing(seed=1)))
    assert torch.equal(seen[0], runs(style.pyramid[0], 4)[3])
    assert merged.fields.flow[0].shape[1] == 3


def test_of_another_style_each_part_takes_what_its_source_box_holds():
    merge = operator(FeatureSpec((4,), (6,), 8, 12))
    seen: list[torch.Tensor] = []
    for net in merge.flow_nets:
        torch.nn.init.constant_(net.visibility[0].bias, 50.0)
    for block in merge.fusions[0].dilated:
        block.register_forward_hook(lambda _, inputs, __: seen.append(inputs[0]))
    source, target = drawn(standing()), drawn(standing(seed=1))
    features = torch.randn(2, 6, 16, 8)
    merge(Style(pyramid=(features,), codes=torch.zeros(2, 8, 12)), source, target)
    masks = resize_parsing(box_masks(part_boxes(source.joints, source.visible, SIZE), SIZE), (16, 8))
    for k, found in enumerate(seen):
        torch.testing.assert_close(found, features * masks[:, k, None])


def test_visibility_is_nothing_outside_the_target_s_box():
    merge, enc = operator(), encoder()
    source, target = drawn(standing()), drawn(standing(seed=1))
    (visibility,) = merge(enc(source), source, target).fields.visibility
    masks = resize_parsing(box_masks(part_boxes(target.joints, target.visible, SIZE), SIZE), (16, 8))[:, :, None]
    assert (visibility[masks == 0] == 0).all() and (visibility[masks == 1] > 0).all()


def test_flow_nets_may_see_the_photo():
    merge, enc = operator(flow_image=True), encoder()
    for net in merge.flow_nets:
        torch.nn.init.normal_(net.flow[0].weight)
    source, target = drawn(standing()), drawn(standing(seed=1))
    other = source.but(image=standing(seed=4).image)
    one, two = (merge(enc(s), s, target).fields.flow[0] for s in (source, other))
    assert not torch.equal(one, two)


def test_it_says_that_it_splits_the_pose_by_joints():
    assert "pose.joints" in catalog().component("merge", "partflow.part_flow").needs


def test_more_pose_channels_than_joints_go_to_the_whole_pose_only():
    context = dataclasses.replace(CONTEXT, pose_channels=30, spec=encoder().spec)
    merge = PartFlowMerge(context, channels=8, flow_width=4, flow_cap=8)
    assert merge.global_pose.blocks[0][0].num_features == 30
    assert [pose.blocks[0][0].num_features for pose in merge.local_poses] == [len(g) for g in JOINT_GROUPS["overlap"].values()]


@pytest.mark.parametrize("strides", [(1,), (2, 4), (2, 8), (1, 2)])
def test_encoders_reach_any_strides(strides):
    channels = tuple(8 * s for s in strides)
    maps = PartEncoder(5, strides, channels, norm="none", colours=True)(torch.rand(2, 5, 32, 16))
    assert [tuple(m.shape) for m in maps] == [(2, c, 32 // s, 16 // s) for c, s in zip(channels, strides, strict=True)]


@pytest.mark.parametrize("strides", [(1,), (4,), (2, 8)])
def test_the_decoder_reads_every_level(strides):
    spec = FeatureSpec(strides, (6,) * len(strides), 8, 12)
    decoder = PartDecoder(dataclasses.replace(CONTEXT, spec=spec), width=16, norm="none")
    maps = tuple(torch.randn(2, 6, SIZE[0] // s, SIZE[1] // s, requires_grad=True) for s in strides)
    image = decoder(Merged(pyramid=maps, codes=torch.zeros(2, 8, 12)), standing())
    assert image.shape == (2, 3, *SIZE) and image.abs().max() <= 1
    assert all(g.abs().sum() > 0 for g in torch.autograd.grad(image.square().sum(), maps))


def test_narrow_style_options():
    assert PartStyle(CONTEXT, channels=4, stride=2, levels=2, groups="disjoint").spec == FeatureSpec((2, 4), (12, 24), 8, 12, 3)
