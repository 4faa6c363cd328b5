"""Least-squares maps: against torch.linalg.lstsq, exact where a map exists, defined where points do not determine one."""

from math import cos, sin

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo.ops.fit import fit_affine, fit_similarity, scale_affines
from zoo.ops.maps import scale_joints

IDENTITY = torch.eye(2, 3, dtype=torch.float64)


def points(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, 2, dtype=torch.float64) * 20 + 30


def moved(matrix: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    return x @ matrix[..., :2].mT + matrix[..., None, :, 2]


def turn(angle: float, scale: float, shift: tuple[float, float]) -> torch.Tensor:
    c, s = scale * cos(angle), scale * sin(angle)
    return torch.tensor([[c, -s, shift[0]], [s, c, shift[1]]], dtype=torch.float64)


def rectangle(centre: tuple[float, float], half: tuple[float, float], angle: float) -> torch.Tensor:
    corners = torch.tensor([[-1, -1], [1, -1], [1, 1], [-1, 1]], dtype=torch.float64) * torch.tensor(half)
    return moved(turn(angle, 1, centre), corners)


def test_affine_is_the_least_squares_solution() -> None:
    target, source = points(5, 7, 4), points(5, 7, 4)
    ones = torch.cat([target, torch.ones(5, 7, 4, 1, dtype=torch.float64)], -1)
    torch.testing.assert_close(fit_affine(target, source), torch.linalg.lstsq(ones, source).solution.mT)


def test_weights_leave_points_out() -> None:
    target, source = points(3, 6), points(3, 6)
    weights = torch.tensor([1, 1, 0, 1, 1, 0]).bool().expand(3, 6)
    kept = [0, 1, 3, 4]
    for fit in (fit_affine, fit_similarity):
        torch.testing.assert_close(fit(target, source, weights), fit(target[:, kept], source[:, kept]))


def test_rectangle_to_rectangle_has_no_residual() -> None:
    target, source = rectangle((30, 80), (6, 25), 0.4), rectangle((90, 20), (4, 18), -2.1)
    assert (moved(fit_affine(target, source), target) - source).abs().max() < 1e-9


@settings(max_examples=40, deadline=None)
@given(st.floats(-3, 3), st.floats(0.3, 3), st.tuples(st.floats(-90, 90), st.floats(-90, 90)), st.integers(0, 10**6))
def test_a_known_turn_and_scale_is_recovered(angle: float, scale: float, shift: tuple[float, float], seed: int) -> None:
    torch.manual_seed(seed)
    truth, target = turn(angle, scale, shift), points(4)
    for fit in (fit_affine, fit_similarity):
        torch.testing.assert_close(fit(target, moved(truth, target)), truth, atol=1e-8, rtol=1e-8)


def test_similarity_is_no_worse_than_its_neighbours() -> None:
    target, source = points(6), points(6)
    best = fit_similarity(target, source)
    error = (moved(best, target) - source).square().sum()
    directions = [turn(0, 0, (1, 0)), turn(0, 0, (0, 1)), turn(0, 1, (0, 0)), turn(torch.pi / 2, 1, (0, 0))]
    for direction in directions:
        for step in (1e-3, -1e-3):
            assert (moved(best + step * direction, target) - source).square().sum() > error


def test_identical_points_give_exactly_the_identity() -> None:
    target = points(10, 4).float()
    assert torch.equal(fit_affine(target, target), IDENTITY.float().expand(10, 2, 3))


def test_two_points_give_the_similarity_through_them_one_a_shift_none_the_identity() -> None:
    target, source = points(2), points(2)
    torch.testing.assert_close(fit_affine(target, source), fit_similarity(target, source))
    torch.testing.assert_close(moved(fit_affine(target, source), target), source)
    one = torch.tensor([1.0, 0.0])
    shift = torch.cat([IDENTITY[:, :2], (source[0] - target[0])[:, None]], 1)
    torch.testing.assert_close(fit_affine(target, source, one), shift)
    assert torch.equal(fit_affine(target, source, torch.zeros(2)), IDENTITY)


def test_points_on_a_line_are_fitted_as_well_as_an_affine_can() -> None:
    along = torch.tensor([0.0, 1.0, 4.0, 9.0], dtype=torch.float64)[:, None]
    target = along * torch.tensor([3.0, 4.0]) + torch.tensor([5.0, 6.0])
    source = points(4)
    fitted = moved(fit_affine(target, source), target)
    columns = torch.cat([along, torch.ones_like(along)], 1)
    torch.testing.assert_close(fitted, columns @ torch.linalg.lstsq(columns, source).solution)


def test_a_sliver_does_not_blow_up_across_itself() -> None:
    """A torso seen from its side, read from one seen from the front: half a pixel must not become the width of a chest."""
    target, source = rectangle((30, 30), (0.25, 25), 0.2), rectangle((30, 30), (12, 25), 0)
    sides = torch.linalg.svdvals(fit_affine(target, source)[:, :2])
    assert sides.max() < 1.1
    wider = rectangle((30, 30), (2, 25), 0.2)
    assert torch.linalg.svdvals(fit_affine(wider, source)[:, :2]).max().item() == pytest.approx(6)


@pytest.mark.parametrize("to", [(16, 8), (128, 64), (10, 30)])
def test_scaled_affines_say_the_same_of_the_resized_image(to: tuple[int, int]) -> None:
    size, target = (64, 32), points(3, 4)
    affine = fit_affine(target, points(3, 4))
    expected = scale_joints(moved(affine, target), size, to)
    torch.testing.assert_close(moved(scale_affines(affine, size, to), scale_joints(target, size, to)), expected)
    assert torch.equal(scale_affines(IDENTITY, size, to), IDENTITY)


def test_a_shift_scales_with_the_image() -> None:
    shift = torch.cat([IDENTITY[:, :2], torch.tensor([[8.0], [-4.0]], dtype=torch.float64)], 1)
    assert scale_affines(shift, (64, 32), (16, 8))[:, 2].tolist() == [2.0, -1.0]


def test_autocast_does_not_round_coordinates() -> None:
    target, source = points(3, 4).float(), points(3, 4).float()
    plain = fit_affine(target, source)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(fit_affine(target, source), plain)
