"""The ten acceptance properties of SCM-Net, on small tensors."""

import dataclasses
import math

import pytest
import torch
from torch.nn import functional as F

from tests.support import make_person
from zoo.errors import ZooError
from zoo.interfaces import Context, FeatureNet
from zoo.ops.correlate import correlation, matrix, transport
from zoo.regions import vocabulary
from zoo.types import FeatureSpec, Outcome, Pair, Style
from zoo_base.adversarial import Adversarial
from zoo_base.losses import StyleLoss
from zoo_scmnet.loss import GraphLoss
from zoo_scmnet.merge import CorrelationMerge
from zoo_scmnet.style import DecomposedStyle

SIZE = (32, 24)
GRID = (4, 3)
CONTEXT = Context(size=SIZE, regions=vocabulary("scm8"), pose_channels=18)


class Features(FeatureNet):
    """One random convolution, `scale` times."""

    def __init__(self, scale: float) -> None:
        super().__init__()
        self.layers = {"relu2_2": (16, 2)}
        torch.manual_seed(0)
        self.convolution, self.scale = torch.nn.Conv2d(3, 16, 3, stride=2), scale

    def forward(self, image, layers):
        return {name: self.scale * self.convolution(image).relu() for name in layers}


def positions(vectors: torch.Tensor) -> torch.Tensor:
    """N vectors (N,C) as a map (1,C,4,3)."""
    return vectors.mT.unflatten(1, GRID)[None]


def random_maps(channels: int = 16) -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    return torch.randn(2, channels, *GRID), torch.randn(2, channels, *GRID)


def encoder(**options: object) -> DecomposedStyle:
    torch.manual_seed(0)
    return DecomposedStyle(CONTEXT, channels=16, width=4, stride=8, reach=1, **options).eval()  # type: ignore[arg-type]


def test_property_1_correlation_moves_style_to_the_matching_pose_and_not_backwards():
    style = torch.eye(12)
    order = torch.arange(12).roll(1)
    order[:4] = torch.tensor([1, 2, 0, 11])  # a 3-cycle: a swap would not tell a permutation from its inverse
    order = torch.cat([order[:4], torch.arange(3, 11)])
    pose = positions(style[order])
    errors = {}
    for variant in ("softmax_source", "literal"):
        merge = CorrelationMerge(
            dataclasses.replace(CONTEXT, spec=FeatureSpec((8,), (12,), 8, 12)), width=4, center="none", variant=variant
        )
        merge.pose_encoder = torch.nn.Identity()
        person = make_person(SIZE, 1)
        spoken = Style(pyramid=(positions(style),), codes=torch.zeros(1, 8, 12))
        merged = merge(
            spoken, person, dataclasses.replace(person, pose=None).but(size=GRID, pose=pose, image=None, parsing=None)
        )
        errors[variant] = (merged.pyramid[0] - pose).abs().max()
    assert errors["softmax_source"] < 1e-3
    assert errors["literal"] > 0.99


@pytest.mark.parametrize("temperature", [1.0, 0.01])
def test_property_2_rows_sum_to_one_and_the_result_stays_within_the_style(temperature):
    pose, style = random_maps()
    corr = correlation(pose, style, temperature)
    field, moved = matrix(corr), transport(corr, style)
    assert field.min() >= 0
    torch.testing.assert_close(field.sum(2), torch.ones(2, 12), atol=1e-5, rtol=0)
    low, high = style.flatten(2).aminmax(dim=2)
    assert (moved >= low[..., None, None] - 1e-5).all() and (moved <= high[..., None, None] + 1e-5).all()


def test_property_3_temperature_one_is_nearly_flat():
    torch.manual_seed(0)
    pose, style = (torch.randn(1, 8, 32, 32) for _ in range(2))
    style[:, :, 0, 0] = pose[:, :, 0, 0]
    field = matrix(correlation(pose, style, 1.0))
    assert (field.amax(2) / field.amin(2)).max() <= math.e**2 + 1e-6
    entropy = -(field * field.log()).sum(2)
    assert entropy.min() >= 6.45


def test_property_4_scale_and_offset_of_the_pose_features_do_not_matter():
    pose, style = random_maps()
    field = matrix(correlation(pose, style, 0.1))
    torch.testing.assert_close(matrix(correlation(7.3 * pose, style, 0.1)), field, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(matrix(correlation(pose + torch.randn(2, 1, *GRID), style, 0.1)), field, atol=1e-5, rtol=1e-4)


def test_property_5_style_order_is_forgotten_and_pose_order_is_kept():
    pose, style = random_maps()
    moved = transport(correlation(pose, style, 0.1), style)
    order = torch.randperm(12)
    shuffled_style, shuffled_pose = (x.flatten(2)[..., order].unflatten(2, GRID) for x in (style, pose))
    torch.testing.assert_close(transport(correlation(pose, shuffled_style, 0.1), shuffled_style), moved)
    expected = moved.flatten(2)[..., order].unflatten(2, GRID)
    torch.testing.assert_close(transport(correlation(shuffled_pose, style, 0.1), style), expected)


def test_property_6_a_region_changes_its_own_channels_only():
    person, other = make_person(SIZE), make_person(SIZE, seed=1)
    style = encoder()(person)
    for k in range(8):
        mask = person.parsing[:, k : k + 1]
        changed = encoder()(person.but(image=torch.where(mask > 0, other.image, person.image))).parts
        others = [i for i in range(8) if i != k]
        torch.testing.assert_close(changed[:, others], style.parts[:, others])
    labels = person.parsing.argmax(1).clamp_max(6)
    nobody = person.but(parsing=F.one_hot(labels, 8).movedim(3, 1).float())
    first, second = (encoder()(nobody.but(image=image)).parts for image in (person.image, other.image))
    torch.testing.assert_close(first[:, 7], second[:, 7])
    assert first.isfinite().all()


@pytest.mark.parametrize("options", [{}, {"fuse": False}, {"colours": True}])
def test_property_7_editing_is_a_no_op_with_itself_and_composes(options):
    enc = encoder(**options)
    style, reference = enc(make_person(SIZE)), enc(make_person(SIZE, seed=1))
    for a, b in ((enc.edit(style, style, [2]), style), (enc.edit(style, reference, range(8)), reference)):
        torch.testing.assert_close(a.pyramid[0], b.pyramid[0])
        torch.testing.assert_close(a.codes, b.codes)
    both = enc.edit(style, reference, [1, 3])
    one_by_one = enc.edit(enc.edit(style, reference, [1]), reference, [3])
    torch.testing.assert_close(both.pyramid[0], one_by_one.pyramid[0])
    assert not torch.allclose(both.pyramid[0], style.pyramid[0])


def test_property_7_what_is_lent_lies_on_top_and_nothing_is_shown_twice():
    enc = encoder()
    style, reference = enc(make_person(SIZE)), enc(make_person(SIZE, seed=1))
    edited = enc.edit(style, reference, [2, 5])
    covered = reference.parsing[:, [2, 5]].sum(1, keepdim=True)
    torch.testing.assert_close(edited.photo * covered, reference.photo * covered)
    kept = style.parsing[:, [0, 1, 3, 4, 6, 7]].sum(1, keepdim=True) * (1 - covered)
    torch.testing.assert_close(edited.photo * kept, style.photo * kept)
    assert (edited.photo * (1 - covered) * (1 - kept)).abs().max() == 0, "a hole is grey"
    torch.testing.assert_close(edited.parsing.sum(1, keepdim=True), covered + kept)
    assert [edited.origins[k] is reference.origins[k] for k in range(8)] == [k in (2, 5) for k in range(8)]


def test_property_8_the_graph_loss_is_a_distance_between_present_regions():
    torch.manual_seed(0)
    real, fake = torch.rand(2, 6, 8, 6), torch.rand(2, 6, 8, 6, requires_grad=True)
    parsing = make_person(SIZE).parsing
    context = dataclasses.replace(CONTEXT, features=Features(1))
    loss = GraphLoss(context)
    assert loss.compare(real, real, parsing) == 0
    value = loss.compare(fake, real, parsing)
    (gradient,) = torch.autograd.grad(value, fake)
    assert value > 0 and gradient.isfinite().all() and gradient.abs().sum() > 0
    torch.testing.assert_close(loss.compare(fake, real, parsing[:, torch.randperm(8)]), value)
    torch.testing.assert_close(loss.compare(fake, real, torch.cat([parsing, torch.zeros_like(parsing[:, :1])], 1)), value)
    alone = torch.zeros_like(parsing)
    alone[:, 3] = 1
    lonely = loss.compare(fake, real, alone)
    assert lonely == 0 and torch.autograd.grad(lonely, fake)[0].isfinite().all()


def test_property_8_nodes_add_their_own_difference_and_centering_takes_off_what_all_regions_share():
    parsing, real = make_person(SIZE).parsing, torch.randn(2, 6, *SIZE).relu()
    context, brighter = dataclasses.replace(CONTEXT, features=Features(1)), real + 2
    plain, nodes, centered = (
        GraphLoss(context, **on).compare(brighter, real, parsing) for on in ({}, {"nodes": True}, {"center": True})
    )
    torch.testing.assert_close(nodes - plain, torch.tensor(2.0))
    assert plain > 0.01 and centered < 1e-4


def test_property_8_the_graph_loss_cuts_a_transferred_image_by_its_own_regions_and_never_by_the_sources():
    source, target = make_person(SIZE), make_person(SIZE, seed=1)
    loss = GraphLoss(dataclasses.replace(CONTEXT, features=Features(1)))
    outcome = Outcome(pair=Pair(source=source, target=target), source=source, target=target, image=target.image)
    assert loss(outcome) == 0 and loss(outcome.but(image=source.image)) > 0
    blind = outcome.but(pair=Pair(source=source.but(parsing=target.parsing), target=target))
    assert loss(blind.but(image=source.image)) == loss(outcome.but(image=source.image))
    with pytest.raises(ZooError, match="no true target and its regions"):
        loss(outcome.but(pair=Pair(source=source, target=target.but(image=None, parsing=None))))


def test_property_9_the_style_loss_ignores_the_scale_of_features_and_is_bounded():
    source, target = make_person(SIZE), make_person(SIZE, seed=1)
    outcome = Outcome(pair=Pair(source=source, target=target), source=source, target=target, image=source.image)
    losses = [StyleLoss(dataclasses.replace(CONTEXT, features=Features(scale)), layers=("relu2_2",)) for scale in (1, 5)]
    value = losses[0](outcome)
    torch.testing.assert_close(losses[1](outcome), value)
    assert 0 < value <= math.sqrt(2) / 16
    assert losses[0](outcome.but(image=target.image)) == 0


class Says(torch.nn.Module):
    """A discriminator of one opinion."""

    def __init__(self, opinion: float) -> None:
        super().__init__()
        self.opinion = opinion

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[:, :1, ::4, ::4] * 0 + self.opinion


@pytest.mark.parametrize(("opinion", "expected"), [(1.0, 0.0), (0.0, 5.0)])
def test_property_10_adversarial_weights_and_degenerate_features(opinion, expected):
    person = make_person(SIZE).but(pose=torch.rand(2, 18, *SIZE))
    outcome = Outcome(pair=Pair(source=person, target=person), source=person, target=person, image=person.image)
    total = torch.zeros(())
    for conditional in ("none", "pose"):
        loss = Adversarial(CONTEXT, conditional=conditional, width=4)
        loss.discriminator = Says(opinion)
        total = total + 5 * loss(outcome)
    torch.testing.assert_close(total, torch.tensor(expected))
    constant = torch.ones(2, 16, *GRID, requires_grad=True)
    transport(correlation(constant, constant, 0.01), constant).sum().backward()
    assert constant.grad.isfinite().all()
