"""Frechet distance against scipy; bootstrap intervals against theory."""

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm

from zoo.scoring.bootstrap import mean_interval, resampled_rows
from zoo.scoring.frechet import frechet, frechet_interval, parts_of_distance

RNG = np.random.default_rng(3)
ONES = np.ones(1000)


def normal(*shape: int) -> torch.Tensor:
    return torch.from_numpy(RNG.normal(size=shape))


@pytest.mark.parametrize("n", [500, 40])
def test_frechet_agrees_with_scipy_even_when_covariances_are_singular(n: int) -> None:
    a, b = normal(n, 48) @ normal(48, 48), normal(n, 48) @ normal(48, 48) + 1
    s1, s2 = (np.cov(x.numpy(), rowvar=False) for x in (a, b))
    means = float((a.mean(0) - b.mean(0)).square().sum())
    reference = means + np.trace(s1 + s2 - 2 * np.real(sqrtm(s1 @ s2)))
    assert frechet(a, b) == pytest.approx(reference, rel=1e-4)


def test_frechet_of_a_set_with_itself_is_zero_and_of_a_shift_its_square() -> None:
    a = normal(300, 16)
    assert frechet(a, a) == pytest.approx(0, abs=1e-6)
    assert frechet(a, a + 2) == pytest.approx(64, rel=1e-6)


def test_the_frechet_interval_is_of_1_96_deviations_over_resampled_people() -> None:
    a, b, people = normal(90, 4), normal(90, 4) + 0.5, np.arange(90) // 3
    found = frechet_interval(a, b, people, resamples=40)
    distance = frechet(a, b)
    half = 1.96 * np.std([frechet(a[r], b[r]) for r in map(torch.from_numpy, resampled_rows(people, 40))], ddof=1)
    assert found is not None and (found.mean, found.n) == (distance, 90) and 0 < half < distance
    assert (found.low, found.high) == pytest.approx((distance - half, distance + half))


def test_resamples_draw_whole_people() -> None:
    people = np.array([0, 0, 1, 1, 2, 2])
    for rows in resampled_rows(people, 20):
        assert len(rows) == 6 and (rows[::2] + 1 == rows[1::2]).all()


def test_the_mean_interval_of_independent_pairs_is_the_normal_one() -> None:
    values = RNG.normal(5, 2, size=1000)
    found = mean_interval(values, ONES, np.arange(1000))
    assert found is not None and found.n == 1000
    assert found.mean == pytest.approx(values.mean())
    half = 1.96 * values.std() / np.sqrt(1000)
    assert (found.low, found.high) == pytest.approx((found.mean - half, found.mean + half), abs=0.1 * half)


def test_ten_equal_pairs_of_one_person_tell_no_more_than_one() -> None:
    per_person = RNG.normal(size=100)
    once = mean_interval(per_person, ONES[:100], np.arange(100))
    repeated = mean_interval(per_person.repeat(10), ONES, np.arange(100).repeat(10))
    assert once is not None and repeated is not None
    assert (repeated.low, repeated.high) == pytest.approx((once.low, once.high))


def test_weights_make_a_ratio_of_sums() -> None:
    found = mean_interval(np.array([1.0, 0.0]), np.array([3.0, 1.0]), np.arange(2))
    assert found is not None and found.mean == 0.75


def test_pairs_with_nothing_to_measure_do_not_count() -> None:
    found = mean_interval(np.array([1.0, np.nan, 3.0, 7.0]), np.array([1.0, 1.0, 1.0, 0.0]), np.arange(4))
    assert found is not None and (found.mean, found.n) == (2, 2)
    assert mean_interval(np.array([np.nan]), np.ones(1), np.zeros(1, np.int64)) is None


def test_intervals_repeat() -> None:
    values = RNG.normal(size=50)
    assert mean_interval(values, ONES[:50], np.arange(50)) == mean_interval(values, ONES[:50], np.arange(50))


def test_one_pair_has_no_frechet_distance() -> None:
    assert frechet_interval(normal(1, 4), normal(1, 4), np.zeros(1, np.int64)) is None


def test_the_parts_of_a_distance_move_as_the_distance_does() -> None:
    people = np.arange(600) // 3
    carrier, truth = normal(16, 16), normal(200, 16).repeat_interleave(3, 0) + normal(600, 16)
    real, near, far = (x @ carrier for x in (truth, 0.8 * truth + 0.3 * normal(600, 16) + 0.1, truth + normal(600, 16)))
    for features in (real, near, far):
        features[:, 3] = 0  # a dead feature
    one, other = parts_of_distance(near, real), parts_of_distance(far, real)
    assert float(one.mean()) == pytest.approx(frechet(near, real)) and float(other.mean()) == pytest.approx(frechet(far, real))
    rows = [torch.from_numpy(r) for r in resampled_rows(people, 300)]
    moved = np.array([[frechet(near[r], real[r]), frechet(far[r], real[r])] for r in rows])
    told = np.array([[float(one[r].mean()), float(other[r].mean())] for r in rows])
    for direction in ([1, 0], [0, 1], [1, -1]):
        assert (told @ direction).std() == pytest.approx((moved @ direction).std(), rel=0.1)
    assert np.corrcoef(told[:, 0], moved[:, 0])[0, 1] > 0.98
    assert parts_of_distance(normal(1, 4), normal(1, 4)).isnan().all()
