"""The ten acceptance properties of SPT, on small tensors."""

import dataclasses
import math

import pytest
import torch
from torch.nn import functional as F

from tests.spt.support import SHORT, SIZE, SPT10, STANDING, WAVING, context, figure, model, recipe, together, unpaired
from tests.support import make_person
from zoo.editing.transfer import laid_out, transfer
from zoo.interfaces import Context, FeatureNet
from zoo.model import Kit, build_losses
from zoo.ops.fit import fit_affine
from zoo.ops.rigid import PARTS, body_parts, part_masks
from zoo.recipes.catalog import catalog
from zoo.types import FeatureSpec, Outcome, Pair, Person, Style
from zoo_spt.adversarial import FaceAdversarial
from zoo_spt.face import crop, face_boxes
from zoo_spt.losses import ParsingCrossEntropy
from zoo_spt.masks import pose_mask
from zoo_spt.networks import SampleNorm
from zoo_spt.search import Cards, admissible, canonical_energy, cards_of, exact_energy
from zoo_spt.skips import DeformableSkips
from zoo_spt.style_loss import SemanticStyle, region_distance, region_grams

CONTEXT = Context(size=SIZE, regions=SPT10, pose_channels=18)


# ---------------------------------------------------------------- 1
def surprise(logits: torch.Tensor, person: Person) -> torch.Tensor:
    pair = Pair(source=person, target=person)
    return ParsingCrossEntropy(CONTEXT)(Outcome(pair=pair, source=person, target=person, parsing_logits=logits))


def test_property_1_the_cross_entropy_is_zero_when_sure_ln_10_when_clueless_and_doubled_on_the_body():
    person = figure()
    mask = pose_mask(person)
    assert 0.05 < mask.mean() < 0.6 and set(mask.unique().tolist()) == {0.0, 1.0}
    assert surprise(100 * person.parsing, person) < 1e-6
    clueless = surprise(torch.zeros_like(person.parsing), person)
    torch.testing.assert_close(clueless, math.log(10) * (1 + mask).mean())
    assert clueless < surprise(-person.parsing, person) < surprise(-2 * person.parsing, person)
    on_body, off_body = (
        surprise((person.parsing * 100).masked_fill(_only(where), 0), person) for where in (mask, _as_many(1 - mask, mask))
    )
    torch.testing.assert_close(on_body, 2 * off_body)


def _only(where: torch.Tensor) -> torch.Tensor:
    return (where > 0).expand(-1, 10, -1, -1)


def _as_many(where: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """The first pixels of `where`, as many as `like` has."""
    flat = where.flatten()
    return (flat * (flat.cumsum(0) <= like.sum())).view_as(where)


# ---------------------------------------------------------------- 2
def cards(*people: Person) -> Cards:
    return cards_of(together(list(people)), SPT10)


def test_property_2_the_search_finds_the_same_clothes_in_another_pose():
    source = figure()
    arms_and_legs = (3, 4, 6, 7, 9, 10, 12, 13)
    planted, turned = figure(WAVING), figure(turn=20, zoom=0.85)
    jittered = figure(moved=0.05 * 17 * torch.randn(1, 18, 2, generator=torch.Generator().manual_seed(0)) / math.sqrt(2))
    strangers = [figure(STANDING, SHORT), figure(WAVING, SHORT), figure(missing=arms_and_legs)]
    half_alike = [figure(STANDING, ("leg", "upper")), figure(WAVING, ("pants", "arm"))]
    sources, candidates = cards(source), cards(source, planted, turned, jittered, *strangers, *half_alike)
    rough, exact = canonical_energy(sources, candidates)[0], exact_energy(sources[torch.zeros(9, dtype=torch.long)], candidates)
    assert rough[0] < 1e-3 and exact[0] == 0, "E(s, s) = 0"
    assert rough[1:3].max() < 0.1 and 5 * rough[1:3].max() < rough[4:7].min() and 3 * rough[1:3].max() < rough[7:].min(), rough
    assert 2.5 * exact[1:3].max() < exact[4:7].min() and exact[1:3].max() < exact[7:].min(), exact
    allowed = admissible(sources, candidates, similar=0.1, same_garments=False)[0]
    assert not allowed[0] and not allowed[3], "neither the source itself nor a slightly moved one"
    allowed[2] = False  # the same pose turned; what is left is the planted figure and the strangers
    for energy in (rough, exact):
        assert energy.masked_fill(~allowed, torch.inf).argmin() == 1


# ---------------------------------------------------------------- 3
def rectangle(turn: float, width: float, height: float, x: float, y: float) -> torch.Tensor:
    corners = torch.tensor([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=torch.float64) * torch.tensor([width, height])
    rotation = torch.tensor([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]], dtype=torch.float64)
    return corners @ rotation + torch.tensor([x, y])


def test_property_3_affines_between_rectangles_are_exact_and_missing_parts_cost_something_finite():
    target, source = rectangle(0.3, 5, 9, 10, 12), rectangle(-1.1, 7, 4, 30, 25)
    affine = fit_affine(target[None], source[None])[0]
    assert (target @ affine[:, :2].T + affine[:, 2] - source).abs().max() < 1e-9
    similar = fit_affine(target[None], 2 * target[None] @ torch.tensor([[0.0, 1.0], [-1.0, 0.0]], dtype=torch.float64))[0]
    torch.testing.assert_close(similar[:, :2], torch.tensor([[0.0, -2.0], [2.0, 0.0]], dtype=torch.float64))
    whole, armless = cards(figure()), cards(figure(missing=(3, 4)))
    nowhere = figure().but(joints=torch.full((1, 18, 2), torch.nan), visible=torch.zeros(1, 18, dtype=torch.bool))
    for one, other in ((whole, armless), (armless, whole), (whole, cards(nowhere)), (cards(nowhere), whole)):
        for energy in (canonical_energy(one, other), exact_energy(one, other)):
            assert energy.isfinite().all()
    lost = whole.area[0, [6, 8]].sum() / armless.area.sum()
    torch.testing.assert_close(exact_energy(whole, armless)[0], lost)
    torch.testing.assert_close(canonical_energy(whole, armless)[0, 0], lost, atol=1e-3, rtol=0)


# ---------------------------------------------------------------- 4, 5
def skips(strides: tuple[int, ...] = (1,), channels: int = 6, levels: int = 4) -> DeformableSkips:
    spec = FeatureSpec(strides, (channels,) * len(strides), 10, channels)
    return DeformableSkips(dataclasses.replace(CONTEXT, spec=spec), levels=levels)


def moved(features: torch.Tensor, source: Person, target: Person) -> torch.Tensor:
    style = Style(pyramid=(features,), codes=torch.zeros(len(source), 10, features.shape[1]))
    return skips(channels=features.shape[1])(style, source, target).pyramid[0]


@pytest.mark.parametrize("only_torso", [False, True])
def test_property_4_without_a_change_of_pose_skips_pass_what_is_positive(only_torso):
    person = figure(missing=(0, 3, 4, 6, 7, 9, 10, 12, 13, 14, 15, 16, 17) if only_torso else ())
    features = torch.randn(1, 6, *SIZE)
    covered = part_masks(body_parts(person.joints, person.visible, SIZE), SIZE).sum(1, keepdim=True) == len(PARTS)
    out = moved(features, person, person)
    torch.testing.assert_close(out.masked_fill(covered, 0), features.clamp_min(0).masked_fill(covered, 0), atol=1e-5, rtol=0)
    torch.testing.assert_close(moved(features.abs(), person, person), features.abs(), atol=1e-5, rtol=0)


def test_property_4_a_missing_part_contributes_only_zeros():
    source, target = figure(), figure(WAVING)
    armless = target.but(visible=target.visible.index_fill(1, torch.tensor([4]), False))
    features = torch.rand(1, 6, *SIZE)
    forearm = part_masks(body_parts(target.joints, target.visible, SIZE), SIZE)[:, 8:9] > 0
    with_arm, without = moved(features, source, target), moved(features, source, armless)
    torch.testing.assert_close(with_arm.masked_fill(forearm, 0), without.masked_fill(forearm, 0))
    assert (with_arm >= without).all() and (with_arm > without).any()


@pytest.mark.parametrize("size", [(64, 64), (64, 48)])
def test_property_5_a_shifted_pose_shifts_the_map(size):
    person = figure().but(size=size, parsing=None, image=None)
    shifted = person.but(joints=person.joints + torch.tensor([8.0, 0.0]))
    for stride in (1, 4):
        h, w, by = size[0] // stride, size[1] // stride, 8 // stride
        features = torch.rand(1, 6, h, w)
        out = moved(features, person, shifted)
        middle = slice(2 * by, w - by)
        torch.testing.assert_close(out[..., middle], features[..., 2 * by - by : w - 2 * by], atol=1e-4, rtol=0)


def test_coarse_levels_stay_where_they_are():
    pyramid = tuple(torch.rand(1, 6, 64 // s, 64 // s) for s in (1, 2, 4))
    style = Style(pyramid=pyramid, codes=torch.zeros(1, 10, 6))
    merged = skips((1, 2, 4), levels=2)(style, figure(), figure(WAVING))
    assert torch.equal(merged.pyramid[2], pyramid[2]) and not torch.allclose(merged.pyramid[1], pyramid[1])
    assert len(merged.fields.flow) == 2


# ---------------------------------------------------------------- 6
class Colours(FeatureNet):
    """The image itself, pooled as relu2_1 is."""

    layers = {"relu2_1": (3, 2)}

    def forward(self, image, layers):
        return {"relu2_1": F.avg_pool2d(image, 2)}


def style_loss(norm: str = "hw") -> SemanticStyle:
    return SemanticStyle(dataclasses.replace(CONTEXT, features=Colours()), gram_norm=norm, without=())


def test_property_6_style_is_zero_between_an_image_and_itself_and_spares_what_only_one_side_shows():
    person, loss = figure(), style_loss()
    shown = loss.describe(person.image, person.parsing)
    assert region_distance(shown, shown) == 0
    image = torch.rand(1, 3, *SIZE, requires_grad=True)
    skirt = F.one_hot(torch.full((1, *SIZE), SPT10.index("skirt")), 10).movedim(3, 1).float()
    value = region_distance(shown, loss.describe(image, skirt))
    value.backward()
    assert value == 0 and image.grad.abs().sum() == 0
    soft = figure(WAVING).parsing.clone().requires_grad_()
    region_distance(shown, loss.describe(image, soft)).backward()
    assert image.grad.abs().sum() > 0 and soft.grad.isfinite().all() and soft.grad.abs().sum() > 0


@pytest.mark.parametrize(("norm", "ratio"), [("hw", 2.0), ("area", 1.0)])
def test_property_6_how_much_of_a_cloth_is_seen_counts_by_hw_and_not_by_area(norm, ratio):
    cloth = torch.tensor([0.2, 0.5, 0.9]).view(1, 3, 1, 1).expand(1, 3, 32, 32)
    half, whole = torch.zeros(1, 1, 32, 32), torch.zeros(1, 1, 32, 32)
    half[..., 4:12, 4:20], whole[..., 4:20, 4:20] = 1, 1
    seen = [region_grams(cloth, psi, norm).norm() for psi in (half, whole)]
    assert float(seen[1] / seen[0]) == pytest.approx(ratio, rel=0.05)


# ---------------------------------------------------------------- 7
def test_property_7_the_face_is_cut_out_where_the_joints_are():
    person = figure()
    boxes, present = face_boxes(person)
    assert present.all()
    x, y = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="xy")
    cut = crop(torch.stack([x, y, x])[None], boxes, 16)[0]
    left, top, right, bottom = boxes[0]
    found = torch.stack([cut[0, 0, 0], cut[1, 0, 0], cut[0, -1, -1], cut[1, -1, -1]])
    torch.testing.assert_close(found, torch.stack([left, top, right, bottom]), atol=0.5, rtol=0)
    centre = person.joints[0, [0, 14, 15, 16, 17]].mean(0)
    torch.testing.assert_close(torch.stack([left + right, top + bottom]) / 2, centre, atol=1e-3, rtol=0)
    torch.testing.assert_close(crop(torch.full((1, 3, *SIZE), 0.3), boxes, 16), torch.full((1, 3, 16, 16), 0.3))
    corner, _ = face_boxes(person.but(joints=person.joints - person.joints[:, :1]))
    assert corner.min() >= 0 and crop(torch.ones(1, 3, *SIZE), corner, 8).min() == 1


def test_property_7_people_without_a_face_do_not_count():
    faceless = figure(missing=(0, 14, 15, 16, 17))
    assert not face_boxes(faceless)[1].any() and face_boxes(faceless)[0].isfinite().all()
    loss = FaceAdversarial(CONTEXT, side=16, width=4, blocks=2)

    def terms(*people: Person) -> list[torch.Tensor]:
        batch = together(list(people))
        image = torch.linspace(-1, 1, batch.image.numel()).view_as(batch.image).requires_grad_()
        outcome = Outcome(pair=Pair(source=batch, target=batch), source=batch, target=batch, image=image)
        return [loss(outcome), loss.critic(outcome)]

    assert [t.item() for t in terms(faceless, faceless)] == [0.0, 0.0]
    image = figure().image
    with_and_without = figure().but(image=image), faceless.but(image=image + 1)
    assert all(t > 0 for t in terms(*with_and_without))


# ---------------------------------------------------------------- 8
@pytest.mark.parametrize("parsing", ["soft", "predicted"])
def test_property_8_only_a_soft_parsing_lets_the_appearance_teach_the_semantic_generator(parsing):
    chosen, place = recipe(), context()
    built = model(chosen=chosen)
    losses = build_losses(chosen, Kit(built, None, place, None), catalog())  # type: ignore[arg-type]
    outcome = built(unpaired(), until="cycle", parsing=parsing)
    total = sum(losses[name](outcome) for name in ("image", "pose", "content", "style", "face"))
    total.backward()
    taught = sum(p.grad.abs().sum() for p in built.parsing.parameters() if p.grad is not None)
    assert (taught > 0) == (parsing == "soft")
    assert sum(p.grad.abs().sum() for p in built.style.parameters()) > 0


# ---------------------------------------------------------------- 9
def test_property_9_parsings_sum_to_one_and_ones_own_layout_is_a_reconstruction():
    built = model().eval()
    outcome = built(unpaired(), parsing="soft")
    torch.testing.assert_close(outcome.target.parsing.sum(1), torch.ones(2, 32, 16))
    person = make_person((32, 16), regions=10)
    reconstructed = built(Pair(source=person, target=person), parsing="truth").image
    assert torch.equal(transfer(built, person, laid_out(person)).image, reconstructed)
    other = make_person((32, 16), regions=10, seed=4)
    assert not torch.allclose(transfer(built, person, laid_out(other)).image, reconstructed)


# ---------------------------------------------------------------- 10
def test_property_10_the_sample_norm_is_over_channels_and_positions_together():
    x = 3 + 20 * torch.randn(4, 6, 8, 5) * torch.arange(1, 7).view(6, 1, 1)
    norm = SampleNorm()
    out = norm(x)
    torch.testing.assert_close(out.mean((1, 2, 3)), torch.zeros(4), atol=1e-5, rtol=0)
    torch.testing.assert_close(out.var((1, 2, 3), unbiased=False), torch.ones(4), atol=1e-4, rtol=0)
    assert out.var((2, 3)).std() > 0.1, "channels keep their differences"
    assert [p.numel() for p in norm.parameters()] == [1, 1]
    torch.nn.init.constant_(norm.gain, 2.0)
    torch.nn.init.constant_(norm.bias, 0.5)
    torch.testing.assert_close(norm(x), 2 * out + 0.5)
