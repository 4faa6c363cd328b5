"""Statistics of 2,048 features against scipy, numpy, torchmetrics and, where it is installed, torch-fidelity."""

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm, svdvals
from torch import Tensor, nn

from zoo.errors import ZooError
from zoo.scoring.distributions import inception_score, kernel_distance
from zoo.scoring.frechet import frechet, frechet_of
from zoo.scoring.moments import FullBatches, Moments


def features(count: int, width: int, seed: int, mean: float = 0.0) -> Tensor:
    """Like Inception's: correlated, never negative."""
    drawn = torch.Generator().manual_seed(seed)
    mixing = torch.randn(16, width, generator=torch.Generator().manual_seed(9))
    return (torch.randn(count, 16, generator=drawn) @ mixing + torch.randn(count, width, generator=drawn) + mean).relu() / 4


def moments(rows: Tensor, batch: int) -> Moments:
    found = Moments()
    for some in rows.split(batch):
        found.add(some)
    return found


@pytest.mark.parametrize("batch", [1, 7, 64, 1000])
def test_moments_of_batches_are_those_of_the_whole(batch: int) -> None:
    rows = features(300, 32, seed=1, mean=1e4)  # a large mean, where sums of squares lose their digits
    found = moments(rows, batch)
    assert found.count == 300
    assert np.allclose(found.mean, rows.double().numpy().mean(0), rtol=1e-14)
    assert np.allclose(found.covariance(), np.cov(rows.double().numpy(), rowvar=False), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("count", "batch", "seen"), [(300, 64, 256), (300, 7, 294), (300, None, 300), (40, 64, 40), (128, 64, 128)]
)
def test_a_last_batch_that_is_not_full_is_left_out_unless_it_is_the_only_one(count: int, batch: int | None, seen: int) -> None:
    rows, found = features(count, 8, seed=1), FullBatches(batch)
    for some in rows.split(11):
        found.add(some)
    assert found.result().count == seen
    assert np.allclose(found.result().covariance(), np.cov(rows[:seen].double().numpy(), rowvar=False))


@pytest.mark.parametrize(("images", "seen"), [(8570, 8512), (12000, 11968), (48674, 48640)])
def test_the_fields_sets_without_their_last_batch_of_64(images: int, seen: int) -> None:
    found = FullBatches(64)
    for some in torch.zeros(images, 2).split(16):
        found.add(some)
    assert found.result().count == seen


def test_memory_does_not_grow_with_the_images() -> None:
    few, many = (FullBatches(50) for _ in range(2))
    for found, count in ((few, 1500), (many, 9000)):
        for rows in features(count, 64, seed=1).split(16):
            found.add(rows)
    assert all(sum(map(len, found._waiting)) < 1024 + 16 for found in (few, many))
    sizes = [[value.nbytes for value in vars(m.result()).values() if isinstance(value, Tensor)] for m in (few, many)]
    assert sizes[0] == sizes[1] and sum(sizes[0]) == 8 * (64 + 64 * 64)


def test_one_image_has_no_covariance() -> None:
    with pytest.raises(ZooError, match="1 images"):
        moments(features(1, 4, seed=1), 1).covariance()


class Asis(nn.Module):
    """A network for those who look at pictures themselves."""

    num_features = 256

    def forward(self, rows: Tensor) -> Tensor:
        return rows


def test_the_distance_of_2048_features_is_exact_where_covariances_are_singular() -> None:
    """tr (S1 S2)^1/2 is the sum of the singular values of X1 X2', X the centred rows over the root of N - 1."""
    first, second = features(400, 2048, seed=1).double(), features(300, 2048, seed=2, mean=0.1).double()
    x1, x2 = ((x - x.mean(0)).numpy() / np.sqrt(len(x) - 1) for x in (first, second))
    apart = float((first.mean(0) - second.mean(0)).square().sum())
    exact = apart + (x1**2).sum() + (x2**2).sum() - 2 * svdvals(x1 @ x2.T).sum()
    assert frechet_of(moments(first, 64), moments(second, 64)) == pytest.approx(exact, rel=1e-6)


def test_torchmetrics_agrees() -> None:
    from torchmetrics.image.fid import FrechetInceptionDistance

    first, second = features(900, 256, seed=1).double(), features(800, 256, seed=2, mean=0.1).double()
    theirs = FrechetInceptionDistance(Asis(), normalize=True)
    theirs.update(first, real=True)
    theirs.update(second, real=False)
    mine = frechet_of(moments(first, 64), moments(second, 64))
    assert mine == pytest.approx(float(theirs.compute()), rel=1e-8) and mine == pytest.approx(frechet(first, second), rel=1e-9)


def test_the_distance_is_scipys_root() -> None:
    first, second = features(600, 96, seed=1).double(), features(500, 96, seed=2, mean=0.2).double()
    s1, s2 = np.cov(first.numpy(), rowvar=False), np.cov(second.numpy(), rowvar=False)
    apart = float((first.mean(0) - second.mean(0)).square().sum())
    expected = apart + np.trace(s1 + s2 - 2 * sqrtm(s1 @ s2).real)
    assert frechet_of(moments(first, 64), moments(second, 64)) == pytest.approx(expected, rel=1e-8)


def test_torch_fidelity_agrees() -> None:
    fid = pytest.importorskip("torch_fidelity.metric_fid", reason="torch-fidelity is not installed")
    kid = pytest.importorskip("torch_fidelity.metric_kid")
    isc = pytest.importorskip("torch_fidelity.metric_isc")
    first, second = features(500, 128, seed=1).double(), features(400, 128, seed=2, mean=0.1).double()
    statistics = [fid.fid_features_to_statistics(rows) for rows in (first, second)]
    theirs = fid.fid_statistics_to_metric(*statistics, verbose=False)["frechet_inception_distance"]
    assert frechet_of(moments(first, 64), moments(second, 64)) == pytest.approx(theirs, rel=1e-7)
    # a subset of everything leaves chance out
    kernel = {"kid_kernel": "poly", "kid_kernel_poly_degree": 3, "kid_kernel_poly_gamma": None, "kid_kernel_poly_coef0": 1.0}
    theirs = kid.kid_features_to_metric(first[:400], second, kid_subsets=1, kid_subset_size=400, rng_seed=0, **kernel)
    mine, spread = kernel_distance(first[:400], second, subsets=1, size=400)
    assert mine == pytest.approx(theirs["kernel_inception_distance_mean"], rel=1e-9) and spread == 0
    logits = 5 * torch.randn(1234, 1008, generator=torch.Generator().manual_seed(3))
    theirs = isc.isc_features_to_metric(logits, splits=10, shuffle=False)
    assert inception_score(logits) == pytest.approx([*theirs.values()], rel=1e-9)


def test_kid_is_about_zero_for_one_distribution_and_a_function_of_its_seed() -> None:
    first, second, other = features(600, 64, 1), features(600, 64, 2), features(600, 64, 3, mean=0.5)
    same, spread = kernel_distance(first, second, subsets=20, size=200)
    far, _ = kernel_distance(first, other, subsets=20, size=200)
    assert abs(same) < 2 * spread < far
    assert kernel_distance(first, second, subsets=20, size=200) == (same, spread)
    assert kernel_distance(first, second, subsets=20, size=200, seed=1) != (same, spread)
    assert kernel_distance(first, second, subsets=1, size=200)[1] == 0, "the deviation of what there is, not an estimate"


def test_the_inception_score_of_certain_and_of_empty_answers() -> None:
    certain = 1e3 * torch.eye(10).repeat(20, 1)  # ten classes in turn, each sure
    assert inception_score(certain) == pytest.approx((10, 0))
    assert inception_score(torch.zeros(200, 10)) == pytest.approx((1, 0))
    assert inception_score(certain.sort(0).values, splits=1)[0] <= 10


def test_the_order_and_the_number_of_splits_are_part_of_the_inception_score() -> None:
    one_class_after_another = 1e3 * torch.eye(10).repeat_interleave(20, 0)
    assert inception_score(one_class_after_another)[0] == pytest.approx(1)  # every split shows one class
    assert inception_score(one_class_after_another, splits=1)[0] == pytest.approx(10)
    shuffled = inception_score(one_class_after_another, shuffle=0)
    assert shuffled == inception_score(one_class_after_another, shuffle=0) and shuffled[0] > 5


def test_splits_of_a_number_that_does_not_divide_differ_by_one_image() -> None:
    logits = torch.randn(23, 8, generator=torch.Generator().manual_seed(0)).double()
    shares = logits.softmax(1).numpy()
    scores = []
    for i in range(10):
        part = shares[i * 23 // 10 : (i + 1) * 23 // 10]
        scores.append(np.exp((part * (np.log(part) - np.log(part.mean(0)))).sum(1).mean()))
    assert inception_score(logits) == pytest.approx((np.mean(scores), np.std(scores)))
