"""Losses on flows: floors, masks, gradients, and the truth of Figures."""

from math import exp

import pytest
import torch
from torch import Tensor

from tests.support import make_pair
from zoo.errors import ZooError
from zoo.interfaces import Context, FeatureNet
from zoo.ops.warp import pixel_grid, warp
from zoo.regions import vocabulary
from zoo.types import Fields, Merged, Outcome
from zoo_base.flow_losses import (
    AffineRegularisation,
    SamplingCorrectness,
    TrueFlow,
    affine_residual,
    best_cosine,
    resize_truth,
    sampling_errors,
    sampling_loss,
)

SIZE = (48, 32)


class Colours(FeatureNet):
    """The image itself and its halves, under VGG names."""

    layers = {"relu1_1": (3, 1), "relu2_1": (3, 2), "relu2_2": (3, 2), "relu3_1": (3, 4)}

    def forward(self, image, layers):  # type: ignore[no-untyped-def]
        return {name: torch.nn.functional.avg_pool2d(image, self.layers[name][1]) for name in layers}


CONTEXT = Context(size=SIZE, regions=vocabulary("scm8"), pose_channels=18, features=Colours())


def outcome_of(*flow: Tensor, visibility: tuple[Tensor, ...] = ()) -> Outcome:
    pair = make_pair(SIZE)
    merged = Merged(pyramid=(), codes=torch.zeros(2, 8, 3), fields=Fields(flow=flow, visibility=visibility))
    return Outcome(pair=pair, source=pair.source, target=pair.target.but(image=None), merged=merged)


def constant(dx: float, dy: float, parts: int = 1, size: tuple[int, int] = SIZE) -> Tensor:
    return torch.tensor([float(dx), float(dy)]).view(1, 1, 2, 1, 1).expand(2, parts, 2, *size).clone()


# ---------------------------------------------------------------- sampling correctness
def shifted(dx: int, dy: int) -> tuple[Tensor, Tensor, Tensor]:
    """Features of a source, those of a target that is the source moved, and where the target shows the source."""
    source = torch.randn(2, 1, 6, 10, 14)
    flow = constant(dx, dy, size=(10, 14))
    target = warp(source[:, 0], flow[:, 0], "border")
    return source, target, flow


def test_the_floor_is_reached_at_the_true_integer_flow_and_nowhere_else() -> None:
    source, target, flow = shifted(3, -2)
    errors = sampling_errors(source, target, flow)
    torch.testing.assert_close(errors, torch.full_like(errors, exp(-1)), atol=1e-6, rtol=0)
    ones = torch.ones_like(errors)
    assert abs(sampling_loss(errors, ones)) < 1e-6
    still = sampling_errors(source, target, torch.zeros_like(flow))
    inside = still[:, :, 3:-3, :-4]  # where the border does not repeat itself
    assert (inside > exp(-1) + 1e-6).float().mean() > 0.99 and sampling_loss(still, ones) > 0.1


def test_the_scale_of_features_does_not_matter() -> None:
    source, target, _ = shifted(3, -2)
    flow = torch.randn(2, 1, 2, 10, 14)
    value = sampling_errors(source, target, flow)
    torch.testing.assert_close(sampling_errors(7.3 * source, 0.2 * target, flow), value)


def test_a_blend_may_beat_every_source_vector_unless_clamped() -> None:
    source = torch.eye(2).view(1, 1, 2, 1, 2)  # two orthogonal vectors side by side
    target = torch.full((1, 2, 1, 1), 0.5)
    flow = torch.tensor([0.5, 0.0]).view(1, 1, 2, 1, 1)
    torch.testing.assert_close(sampling_errors(source, target, flow).item(), exp(-(2**0.5)), atol=1e-5, rtol=0)
    torch.testing.assert_close(sampling_errors(source, target, flow, clamp=True).item(), exp(-1), atol=1e-5, rtol=0)


def test_the_gaussian_sampler_blurs_but_sees_further() -> None:
    source = torch.rand(1, 1, 6, 12, 12)
    still = torch.zeros(1, 1, 2, 12, 12)
    assert sampling_errors(source, source[:, 0], still, "gauss").mean() > exp(-1) + 0.01
    lonely = torch.zeros(1, 1, 2, 1, 9)
    lonely[:, :, 0], lonely[:, :, 1, :, 6] = 1, 5  # the target's feature lies two pixels to the right of where the flow reads
    flow = torch.zeros(1, 1, 2, 1, 9, requires_grad=True)
    pulls = []
    for sampler in ("bilinear", "gauss"):
        errors = sampling_errors(lonely, lonely[:, 0].roll(-2, -1), flow, sampler)  # type: ignore[arg-type]
        pulls.append(torch.autograd.grad(errors[..., 4].sum(), flow)[0][0, 0, 0, 0, 4])
    assert pulls[0] == 0 and pulls[1] < 0


@pytest.mark.parametrize("sources", [1, 3])
def test_rho_max_is_the_same_under_any_bound_of_memory(sources: int) -> None:
    source, target = torch.randn(2, sources, 5, 4, 6), torch.randn(2, 5, 4, 6)
    naive = torch.nn.functional.cosine_similarity(source.flatten(3)[..., None], target.flatten(2)[:, None, :, None], dim=2)
    expected = naive.amax(2).unflatten(2, (4, 6))
    for memory in (1, 1000, 2**26):
        torch.testing.assert_close(best_cosine(source, target, memory), expected)


def test_a_mask_confines_the_loss_and_its_gradient() -> None:
    source, target, _ = shifted(2, 1)
    flow = torch.randn(2, 1, 2, 10, 14, requires_grad=True)
    mask = torch.zeros(2, 1, 10, 14)
    empty = sampling_loss(sampling_errors(source, target, flow), mask)
    assert empty == 0
    (gradient,) = torch.autograd.grad(empty, flow)
    assert (gradient == 0).all()
    mask[:, :, 2:5, 3:9] = 1
    (gradient,) = torch.autograd.grad(sampling_loss(sampling_errors(source, target, flow), mask), flow)
    assert (gradient[:, 0, :, mask[0, 0] == 0] == 0).all() and gradient[:, 0, :, mask[0, 0] == 1].abs().sum() > 0


@pytest.mark.parametrize("parts", [1, 3, 10])
def test_sampling_takes_flows_of_any_operator(parts: int) -> None:
    for groups in ("overlap", "whole"):
        for source in ("part", "full"):
            loss = SamplingCorrectness(CONTEXT, groups=groups, source=source)  # type: ignore[arg-type]
            flow = torch.randn(2, parts, 2, 12, 8, requires_grad=True)
            visibility = torch.rand(2, parts, 1, 12, 8, requires_grad=True)
            value = loss(outcome_of(flow, torch.zeros(2, parts, 2, 24, 16), visibility=(visibility,)))
            (gradient, of_visibility) = torch.autograd.grad(value, [flow, visibility], allow_unused=True)
            assert value.isfinite() and gradient.abs().sum() > 0 and of_visibility is None


def test_sampling_judges_a_part_in_its_box_from_its_box() -> None:
    outcome = outcome_of(torch.randn(2, 3, 2, *SIZE, requires_grad=True))
    flow = outcome.merged.fields.flow[0]  # type: ignore[union-attr]
    boxed, everywhere = (
        SamplingCorrectness(CONTEXT, groups="overlap"),
        SamplingCorrectness(CONTEXT, groups="overlap", mask="all"),
    )
    (inside,) = torch.autograd.grad(boxed(outcome), flow)
    (everything,) = torch.autograd.grad(everywhere(outcome), flow)
    touched = [(g.abs().sum(2) > 0).sum() for g in (inside, everything)]
    assert 0 < touched[0] < touched[1]
    nobody = outcome.pair.target.but(visible=torch.zeros(2, 18, dtype=torch.bool))
    alone = outcome.but(pair=outcome.pair.but(target=nobody))
    value = boxed(alone)
    assert value == 0 and (torch.autograd.grad(value, flow)[0] == 0).all()


def test_sampling_finds_the_layer_of_the_flow_s_stride_or_the_one_asked_for() -> None:
    loss = SamplingCorrectness(CONTEXT)
    assert [loss._layer(0, stride) for stride in (1, 2, 4, 16)] == ["relu1_1", "relu2_1", "relu3_1", "relu3_1"]
    chosen = SamplingCorrectness(CONTEXT, layers=("relu3_1",))
    assert chosen._layer(0, 2) == "relu3_1" and chosen._layer(1, 2) == "relu2_1"
    assert chosen(outcome_of(torch.zeros(2, 1, 2, 24, 16))).isfinite()  # the flow is resized to the layer


# ---------------------------------------------------------------- affine regularisation
def affine_flow(size: tuple[int, int]) -> Tensor:
    grid = pixel_grid(size, torch.zeros((), dtype=torch.float64))
    return torch.einsum("...ij,jhw->...ihw", torch.randn(2, 3, 2, 2, dtype=torch.float64), grid) + 5


@pytest.mark.parametrize("window", [3, 5])
def test_affine_flows_cost_nothing_and_curved_ones_do(window: int) -> None:
    flow = affine_flow((9, 13))
    assert affine_residual(flow, window).abs().max() < 1e-10
    assert affine_residual(flow + pixel_grid((9, 13), flow).square(), window).min() > 0.1
    assert affine_residual(flow.float(), window).abs().max() < 1e-8


@pytest.mark.parametrize(("window", "expected"), [(3, 12.0), (5, 44.0)])
def test_noise_leaves_two_k_squared_minus_three_degrees_of_freedom(window: int, expected: float) -> None:
    found = affine_residual(torch.randn(4, 1, 2, 80, 90), window).mean()
    torch.testing.assert_close(found, torch.tensor(expected), rtol=0.02, atol=0)


def test_residual_agrees_with_a_least_squares_fit() -> None:
    flow = torch.randn(1, 1, 2, 4, 5, dtype=torch.float64)
    y, x = torch.meshgrid(torch.arange(3.0), torch.arange(3.0), indexing="ij")
    A = torch.stack([y.flatten(), x.flatten(), torch.ones(9)], 1).double()
    patch = flow[0, 0, :, 1:4, 2:5] + pixel_grid((3, 3), flow)
    expected = torch.linalg.lstsq(A, patch.flatten(1).mT, driver="gelsd").residuals.sum()
    torch.testing.assert_close(affine_residual(flow, 3)[0, 0, 5], expected)


def test_affine_regularisation_has_a_window_per_level() -> None:
    fine, coarse = torch.randn(2, 3, 2, 12, 8), torch.randn(2, 3, 2, 6, 4)
    loss = AffineRegularisation(CONTEXT, windows=(5, 3))
    expected = affine_residual(fine, 5).mean((0, 2)).sum() + affine_residual(coarse, 3).mean((0, 2)).sum()
    torch.testing.assert_close(loss(outcome_of(fine, coarse)), expected)
    assert loss(outcome_of(torch.randn(2, 1, 2, 4, 4))) == 0  # no room for a window


# ---------------------------------------------------------------- the truth
def truth_of(flow: Tensor, visibility: Tensor, believed: Tensor, seen: Tensor) -> Outcome:
    outcome = outcome_of(believed, visibility=(seen,))
    return outcome.but(pair=outcome.pair.but(flow=flow, visibility=visibility))


def test_true_flow_is_zero_for_the_truth_and_counts_visible_pixels_only() -> None:
    flow = constant(6, -4)[:, 0]
    visibility = torch.zeros(2, 1, *SIZE)
    visibility[..., 8:24, 8:24] = 1
    flow = flow * visibility + 100 * (1 - visibility)  # what is hidden has no flow
    seen = torch.nn.functional.avg_pool2d(visibility, 4)[:, None]
    loss = TrueFlow(CONTEXT)
    assert loss(truth_of(flow, visibility, constant(1.5, -1.0, size=(12, 8)), seen)) == 0
    off_by_five = constant(1.5 + 3, -1.0 + 4, size=(12, 8))
    torch.testing.assert_close(loss(truth_of(flow, visibility, off_by_five, seen)), torch.tensor(5.0))
    half = loss(truth_of(flow, visibility, off_by_five, torch.full_like(seen, 0.5)))
    torch.testing.assert_close(half, 5 + torch.tensor(2.0).log())
    torch.testing.assert_close(TrueFlow(CONTEXT, flow=0)(truth_of(flow, visibility, off_by_five, 0 * seen + 0.5)), half - 5)


def test_resized_truth_does_not_blend_with_what_is_hidden() -> None:
    visibility = (torch.rand(2, 1, *SIZE) > 0.5).float()
    flow = constant(8, 4)[:, 0] + 50 * (1 - visibility)
    resized, shown = resize_truth(flow, visibility, (24, 16))
    torch.testing.assert_close(resized.where(shown > 0, 0), constant(4, 2, size=(24, 16))[:, 0].where(shown > 0, 0))
    assert shown.min() >= 0 and shown.max() <= 1


def test_true_flow_judges_parts_in_their_boxes_with_gradients_everywhere_finite() -> None:
    flow, seen = torch.zeros(2, 3, 2, 12, 8, requires_grad=True), torch.rand(2, 3, 1, 12, 8, requires_grad=True)
    outcome = truth_of(constant(4, 4)[:, 0], torch.ones(2, 1, *SIZE), flow, seen)
    value = TrueFlow(CONTEXT, groups="overlap")(outcome)
    gradients = torch.autograd.grad(value, [flow, seen])
    assert all(g.isfinite().all() and 0 < (g.abs().sum(2) > 0).float().mean() < 1 for g in gradients)
    torch.testing.assert_close(TrueFlow(CONTEXT, groups="overlap", visibility=0)(outcome), torch.tensor(2**0.5))


# ---------------------------------------------------------------- all three
LOSSES = [SamplingCorrectness(CONTEXT), AffineRegularisation(CONTEXT), TrueFlow(CONTEXT)]


@pytest.mark.parametrize("loss", LOSSES, ids=lambda x: type(x).__name__)
def test_an_operator_without_a_flow_owes_nothing(loss) -> None:  # type: ignore[no-untyped-def]
    assert loss(outcome_of()) == 0 and loss.critic(outcome_of()) is None
    with pytest.raises(ZooError, match="stops before it"):
        loss(outcome_of().but(merged=None))


def test_what_the_data_does_not_know_is_said() -> None:
    flow = torch.zeros(2, 1, 2, 12, 8)
    untrue = outcome_of(flow)
    with pytest.raises(ZooError, match="no true flow"):
        TrueFlow(CONTEXT)(untrue.but(pair=untrue.pair.but(flow=None)))
    with pytest.raises(ZooError, match="true target image"):
        SamplingCorrectness(CONTEXT)(untrue.but(pair=untrue.pair.but(target=untrue.pair.target.but(image=None))))
