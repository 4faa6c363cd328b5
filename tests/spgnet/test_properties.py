"""The acceptance properties of SPGNet that are not of SEAN alone (2 and 7 are in test_sean.py), on small tensors."""

import dataclasses
import math

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.support import make_pair, make_person
from zoo.interfaces import Context
from zoo.ops.maps import limb_distance
from zoo.regions import vocabulary
from zoo.skeleton import BODY_LIMBS
from zoo.types import FeatureSpec, Merged, Outcome, Pair, Style
from zoo_base.poses import Limbs
from zoo_spgnet.flow import BACKGROUND, HIDDEN, VISIBLE, MotionFields, unit
from zoo_spgnet.losses import MotionLoss, flow_error
from zoo_spgnet.merge import Deformation, FlowWarp
from zoo_spgnet.patn import SPATN
from zoo_spgnet.style import DualPathStyle

SIZE = (32, 48)
CONTEXT = Context(size=SIZE, regions=vocabulary("scm8"), pose_channels=30)


# ---------------------------------------------------------------- 1: distance maps
@pytest.mark.parametrize(("height", "at_five_pixels"), [(256, 0.60653), (128, math.exp(-1))])
def test_property_1_distance_maps(height: int, at_five_pixels: float) -> None:
    pose = Limbs(CONTEXT, joints="disc")
    size = (height, 128)
    joints, visible = torch.full((1, 18, 2), torch.nan), torch.zeros(1, 18, dtype=torch.bool)
    for joint, place in ((2, (40.0, 60.0)), (3, (80.0, 60.0)), (8, (20.0, 30.0)), (9, (20.0, 30.0))):
        joints[0, joint], visible[0, joint] = torch.tensor(place), True
    person = make_person(size, 1).but(joints=joints, visible=visible)
    maps = pose.draw(person, size)
    assert maps.shape == (1, 30, *size) and maps.isfinite().all()
    limbs = maps[0, 18:]
    arm, point = limbs[BODY_LIMBS.index((2, 3))], limbs[BODY_LIMBS.index((8, 9))]
    assert torch.allclose(arm[60, 40:81], torch.ones(41))
    assert float(arm[65, 60]) == pytest.approx(at_five_pixels, abs=1e-4)
    assert float(arm[60, 85]) == pytest.approx(at_five_pixels, abs=1e-4), "beyond the wrist it is the distance to the wrist"
    assert float(point[30, 25]) == pytest.approx(at_five_pixels, abs=1e-4), "coincident joints are a point"
    drawn = {BODY_LIMBS.index((2, 3)), BODY_LIMBS.index((8, 9))}
    assert all(float(limbs[i].abs().max()) == 0 for i in range(12) if i not in drawn)


def test_property_1_joints_are_binary_discs() -> None:
    person = make_person((64, 64))
    discs = Limbs(CONTEXT, joints="disc").draw(person, (64, 64))[:, :18]
    assert set(discs.unique().tolist()) == {0.0, 1.0}
    assert (discs.amax((2, 3)) == person.visible).all()
    assert torch.equal(
        Limbs(CONTEXT).draw(person, (64, 64))[:, 18:], limb_distance(person.joints, person.visible, (64, 64), -0.4)
    )


# ---------------------------------------------------------------- 3, 4: region codes
def codes(person, layout: str = "code") -> Tensor:
    torch.manual_seed(0)
    encoder = DualPathStyle(CONTEXT, width=4, cap=8, layout=layout, code_width=6, code_base=4, code_norm="none").eval()
    return encoder(person).codes


def whole_halves(person):  # codes are pooled at half size: keep every 2x2 block of one label
    labels = person.parsing[:, :, ::2, ::2].repeat_interleave(2, 2).repeat_interleave(2, 3)
    return person.but(parsing=labels)


@pytest.mark.parametrize("layout", ["code", "table5", "none"])
def test_property_3_codes_are_region_means_and_follow_their_labels(layout: str) -> None:
    person = whole_halves(make_person(SIZE))
    labels = person.parsing.argmax(1).clamp_max(6)
    person = person.but(parsing=F.one_hot(labels, 8).movedim(3, 1).float())
    torch.manual_seed(0)
    encoder = DualPathStyle(CONTEXT, width=4, cap=8, layout=layout, code_width=6, code_base=4, code_norm="none").eval()
    style = encoder(person)
    described = style.pyramid[0] if layout == "none" else encoder.codes(person.image)
    mask = F.interpolate(person.parsing, described.shape[2:], mode="nearest-exact")
    for k in range(7):
        inside = [described[b, :, mask[b, k] > 0].mean(1) for b in range(2) if mask[b, k].any()]
        found = [style.codes[b, k] for b in range(2) if mask[b, k].any()]
        torch.testing.assert_close(found, inside, atol=1e-5, rtol=1e-4)
    assert torch.equal(style.codes[:, 7], torch.zeros_like(style.codes[:, 7])) and style.codes.isfinite().all()
    order = torch.randperm(8)
    torch.testing.assert_close(encoder(person.but(parsing=person.parsing[:, order])).codes, style.codes[:, order])


def test_property_4_a_region_changes_its_own_code_only() -> None:
    person, other = whole_halves(make_person(SIZE)), make_person(SIZE, seed=1)
    torch.manual_seed(0)
    encoder = DualPathStyle(CONTEXT, width=4, cap=8, code_width=6).eval()
    encoder.codes = nn.Conv2d(3, 6, 1)  # a stub that sees single pixels
    before = encoder(person).codes
    for k in range(8):
        image = torch.where(person.parsing[:, k : k + 1] > 0, other.image, person.image)
        changed = (encoder(person.but(image=image)).codes - before).abs().amax((0, 2)) > 1e-6
        assert changed.nonzero().flatten().tolist() == [k]


# ---------------------------------------------------------------- 5, 6: warp and deformation
def deformation(mode: str, channels: int = 4, maps: int = 2) -> Deformation:
    torch.manual_seed(0)
    return Deformation(channels, maps, mode, "batch").eval()  # type: ignore[arg-type]


def test_property_5_warps() -> None:
    x = torch.randn(2, 4, *SIZE)
    seen = torch.full((2, 1, *SIZE), float(VISIBLE))
    still = deformation("none")
    torch.testing.assert_close(still(x, torch.zeros(2, 2, *SIZE), seen), x, atol=1e-5, rtol=0)
    square = torch.randn(2, 4, 64, 64)  # sides that are powers of two are read without rounding
    assert (still(square, torch.zeros(2, 2, 64, 64), torch.zeros(2, 1, 64, 64)) - square).abs().max() < 1e-6
    shift = torch.zeros(2, 2, *SIZE)
    shift[:, 0], shift[:, 1] = 3, -2
    moved = still(x, shift, seen)
    torch.testing.assert_close(moved[:, :, 2:, :-3], x[:, :, :-2, 3:], atol=1e-5, rtol=1e-5)
    assert (moved[:, :, :2] == 0).all() and (moved[..., -3:] == 0).all()
    coarse, far = torch.randn(2, 4, 8, 12), torch.zeros(2, 2, *SIZE)
    far[:, 0], far[:, 1] = 8, -4
    moved = still(coarse, far, seen)  # at 1/4: (2, -1)
    torch.testing.assert_close(moved[:, :, 1:, :-2], coarse[:, :, :-1, 2:], atol=1e-5, rtol=1e-5)


def test_property_5_the_most_visible_state_of_a_block_wins() -> None:
    state = torch.full((1, 1, *SIZE), float(BACKGROUND))
    state[..., 5, 9] = HIDDEN
    hard = deformation("hard")(torch.ones(1, 4, 8, 12), torch.zeros(1, 2, *SIZE), state)
    assert hard.sum() == 4 and hard[0, 0, 1, 2] == 1


def test_property_6_in_the_background() -> None:
    x, still = torch.randn(2, 4, *SIZE), torch.zeros(2, 2, *SIZE)
    nowhere = torch.full((2, 1, *SIZE), float(BACKGROUND))
    assert deformation("hard")(x, still, nowhere).abs().max() == 0
    residual = deformation("residual")
    expected = [gate(part, torch.zeros(2, 4, *SIZE)) for gate, part in zip(residual.gates, x.chunk(2, 1), strict=True)]
    torch.testing.assert_close(residual(x, still, nowhere), torch.cat(expected, 1))
    soft = deformation("soft")
    gates = [torch.sigmoid(gate[1].bias)[:, None, None].expand(2, 2, *SIZE) for gate in soft.gates]
    torch.testing.assert_close(soft(x, still, nowhere), x * torch.cat(gates, 1))


def test_deformation_tells_visible_from_hidden_unless_told_not_to() -> None:
    x, still = torch.randn(2, 4, *SIZE), torch.zeros(2, 2, *SIZE)
    for mode, sees in (("residual", True), ("soft", True), ("hard", False), ("none", False), ("res_no_vis", False)):
        out = [deformation(mode)(x, still, torch.full((2, 1, *SIZE), float(state))) for state in (VISIBLE, HIDDEN)]
        assert torch.equal(*out) != sees, mode


# ---------------------------------------------------------------- 8: SPATN
def test_property_8_spatn() -> None:
    torch.manual_seed(0)
    net = SPATN(CONTEXT, width=4, blocks=3).eval()
    people = (make_person(SIZE), make_person(SIZE, seed=1))
    source, target = (p.but(pose=torch.rand(2, 30, *SIZE)) for p in people)
    parsing = net(source, target).softmax(1)
    assert parsing.shape == (2, 8, *SIZE)
    torch.testing.assert_close(parsing.sum(1), torch.ones(2, *SIZE))
    widths = [next(m.in_channels for m in block.pose.modules() if isinstance(m, nn.Conv2d)) for block in net.transfer.blocks]
    assert widths == [16, 32, 32]
    x, pose = torch.randn(2, 16, 8, 12), torch.randn(2, 32, 8, 12)
    block = net.transfer.blocks[1]
    last = [m for m in block.pose.modules() if isinstance(m, nn.Conv2d)][-1]
    nn.init.constant_(last.bias, -1e4)
    assert torch.equal(block(x, pose)[0], x)


def test_paper_widths_of_spatn() -> None:
    with torch.device("meta"):
        net = SPATN(dataclasses.replace(CONTEXT, regions=vocabulary("cihp20")))
    streams = [
        next(m.in_channels for m in s.modules() if isinstance(m, nn.Conv2d)) for s in (net.transfer.image, net.transfer.pose)
    ]
    assert streams == [20, 60] and len(net.transfer.blocks) == 9
    assert net.transfer.blocks[0].image is not None and net.grow[-1].out_channels == 20
    with torch.device("meta"):
        assert SPATN(CONTEXT, limbs=False).transfer.pose[0][0].in_channels == 36


# ---------------------------------------------------------------- 10: the flow net and what supervises it
def warp_operator(**options: object) -> FlowWarp:
    torch.manual_seed(0)
    spec = FeatureSpec((1, 2, 4), (8, 8, 8), 8, 6)
    context = dataclasses.replace(CONTEXT, spec=spec)
    return FlowWarp(context, flow_width=4, flow_cap=8, flow_scales=3, **options)  # type: ignore[arg-type]


def posed(pair: Pair) -> Pair:
    return pair.but(
        source=pair.source.but(pose=torch.rand(2, 30, *SIZE)), target=pair.target.but(pose=torch.rand(2, 30, *SIZE))
    )


def looked(fields: MotionFields, pair: Pair) -> Outcome:
    merged = Merged(pyramid=(), codes=torch.zeros(2, 8, 6), fields=fields)
    return Outcome(pair=pair, source=pair.source, target=pair.target, merged=merged)


def true_fields(loss: MotionLoss, pair: Pair) -> MotionFields:
    flow, state = loss.truth(pair)
    estimates = tuple(F.avg_pool2d(flow / unit(SIZE[0]), 2 ** (s + 1)) for s in range(3))
    logits = 1e3 * F.one_hot(state[:, 0].long(), 3).movedim(3, 1).float()
    return MotionFields(estimates=estimates, logits=logits)


def moved_pair() -> Pair:
    pair = make_pair(SIZE)
    visibility = (torch.rand(2, 1, *SIZE) < 0.6).float()
    return pair.but(flow=torch.randn(2, 2, *SIZE), visibility=visibility)


def test_property_10_the_truth_costs_nothing() -> None:
    pair, loss = moved_pair(), MotionLoss(CONTEXT, parsing=0.0)
    fields = true_fields(loss, pair)
    assert float(loss(looked(fields, pair))) == pytest.approx(0, abs=1e-6)
    worse = fields.but(estimates=tuple(e + 0.3 for e in fields.estimates))
    assert float(loss(looked(worse, pair))) == pytest.approx(0.32 * 0.3 * math.sqrt(2) * (1 + 1 / 2 + 1 / 4), rel=1e-4)
    unsure = fields.but(logits=torch.zeros_like(fields.logits))
    assert float(loss(looked(unsure, pair))) == pytest.approx(math.log(3), rel=1e-5)


def test_property_10_each_term_has_its_weight() -> None:
    pair, none = moved_pair(), {"flow": 0.0, "visibility": 0.0, "parsing": 0.0}
    fields = true_fields(MotionLoss(CONTEXT), pair)
    wrong = looked(fields.but(estimates=tuple(e + 0.3 for e in fields.estimates), logits=torch.zeros_like(fields.logits)), pair)
    alone = [float(MotionLoss(CONTEXT, **{**none, term: 1.0})(wrong)) for term in none]
    assert min(alone) > 0
    assert float(MotionLoss(CONTEXT, flow=2.0, visibility=3.0, parsing=4.0)(wrong)) == pytest.approx(
        2 * alone[0] + 3 * alone[1] + 4 * alone[2], rel=1e-5
    )


def test_property_10_the_truth_has_no_flow_in_the_background() -> None:
    pair = moved_pair()
    background = pair.target.parsing[:, :1] > 0.5
    flow, state = MotionLoss(CONTEXT).truth(pair)
    assert background.any() and not background.all() and ((state == BACKGROUND) == background).all()
    assert torch.equal(flow, pair.flow.masked_fill(background, 0))


def test_property_10_background_never_contributes() -> None:
    state = torch.full((2, 1, *SIZE), float(BACKGROUND))
    state[:, :, :8, :8] = VISIBLE
    truth = torch.randn(2, 2, *SIZE) * (state < BACKGROUND)
    estimates = tuple(F.avg_pool2d(truth, 2 ** (s + 1)).requires_grad_() for s in range(2))
    wrong = tuple(e + 5 for e in estimates)
    flow_error(wrong, truth, state).backward()
    for s, estimate in enumerate(estimates):
        side = 8 >> (s + 1)
        assert estimate.grad[..., :side, :side].abs().min() > 0
        estimate.grad[..., :side, :side] = 0
        assert estimate.grad.abs().max() == 0
    pair = make_pair(SIZE)
    empty = torch.zeros_like(pair.target.parsing)
    empty[:, 0] = 1
    pair = pair.but(target=pair.target.but(parsing=empty), flow=torch.randn(2, 2, *SIZE))
    loss = MotionLoss(CONTEXT, visibility=0.0)
    fields = true_fields(loss, pair)
    anything = fields.but(estimates=tuple(torch.randn_like(e) for e in fields.estimates))
    assert loss(looked(anything, pair)) == 0


def test_property_10_no_flow_where_the_net_sees_background() -> None:
    torch.manual_seed(0)
    operator, pair = warp_operator().eval(), posed(make_pair(SIZE))
    nn.init.normal_(operator.flow.visibility[1].weight)
    for head in operator.flow.flow:
        nn.init.constant_(head[1].bias, 0.5)
    style = Style(pyramid=tuple(torch.randn(2, 8, 32 >> s, 48 >> s) for s in range(3)), codes=torch.randn(2, 8, 6))
    fields = operator(style, pair.source, pair.target).fields
    background = fields.logits.argmax(1) == BACKGROUND
    flow = fields.flow[0][:, 0].movedim(1, -1)
    assert background.any() and not background.all()
    assert (flow[background] == 0).all() and (flow[~background] == 0.5 * unit(SIZE[0])).all()


def test_the_region_term_judges_visible_pixels_that_fetch_another_region() -> None:
    pair, loss = moved_pair(), MotionLoss(CONTEXT, flow=0.0, visibility=0.0, parsing=1.0)
    left = torch.zeros(2, 8, *SIZE)
    left[:, 1, :, :24], left[:, 2, :, 24:] = 1, 1
    pair = pair.but(
        source=pair.source.but(parsing=left), target=pair.target.but(parsing=left),
        flow=torch.zeros(2, 2, *SIZE), visibility=torch.ones(2, 1, *SIZE),
    )  # fmt: skip
    fields = true_fields(loss, pair)
    assert loss(looked(fields, pair)) == 0
    astray = torch.zeros(2, 2, 16, 24)
    astray[:, 0] = 12 / unit(SIZE[0])  # 12 px to the right: the 12 columns left of the border fetch the wrong half
    value = loss(looked(fields.but(estimates=(astray,)), pair))
    beyond = 12  # the last 12 columns fetch nothing at all
    assert float(value) == pytest.approx((12 + beyond) / 48 * (12 / unit(SIZE[0])) / 2, rel=0.02)
