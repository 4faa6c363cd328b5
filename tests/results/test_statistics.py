"""How sure a difference is: against theory, against plain resampling, and in as many cases of 100 as is said."""

import itertools
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import scipy.stats

from tests.results.runs import VIEWS, Known, contender, hard, run
from zoo.results.contenders import Contender
from zoo.results.pairs import PairScores
from zoo.results.statistics import FAMILY, Comparisons, holm
from zoo.results.student import chance, half_widths, two_sided
from zoo.scoring.protocols import FIGURES_V1, Metric

SSIM = FIGURES_V1.metric("ssim")
PCKH = FIGURES_V1.metric("pckh")


def trained(rng: np.random.Generator, seeds: int, people: int, spread: float, common: np.ndarray) -> tuple[Contender, Known]:
    """A contender of truth 0.5: seeds, people, what each seed finds hard, and pairs vary. Records as far as they count."""
    own, person = common + rng.normal(0, 0.03, people), np.repeat(np.arange(people), 2)
    pairs: Known = {}
    for _ in range(seeds):
        found = (own + rng.normal(0, 0.03, people))[person] + rng.normal(0.5 + rng.normal(0, spread), 0.03, len(person))
        pairs[f"{rng.integers(2**62)}"] = PairScores.of(map(str, person), person, {"ssim": found}, {})
    records: Any = [
        SimpleNamespace(id=key, scores={"ssim": SimpleNamespace(mean=float(p.scores["ssim"].mean()), low=0, high=0, n=1)})
        for key, p in pairs.items()
    ]
    return Contender(tuple(records)), pairs


@pytest.mark.parametrize(
    ("seeds", "spreads"),
    [((3, 3), (0.0, 0.0)), ((3, 3), (0.004, 0.004)), ((3, 3), (0.05, 0.05)), ((3, 5), (0.02, 0.001)), ((5, 5), (0.01, 0.01))],
)
def test_the_interval_holds_the_truth_as_often_as_it_says(seeds: tuple[int, int], spreads: tuple[float, float]) -> None:
    rng, people, cases = np.random.default_rng(1), 40, 500
    hits = 0
    for case in range(cases):
        common = rng.normal(0, 0.1, people)
        (a, pairs), (b, more) = (trained(rng, s, people, spread, common) for s, spread in zip(seeds, spreads, strict=True))
        found = Comparisons.of([a, b], SSIM, pairs | more)
        hits += found.p(0)[1] >= 0.05
        if case < 20:
            one = found.difference(0, 1)
            assert (one.p >= 0.05) == (one.low <= 0 <= one.high), "interval and test say the same"
    assert 0.93 <= hits / cases <= 0.97


def test_a_naive_bootstrap_of_three_seeds_would_not() -> None:
    """Why the correction is there: drawing seeds and people, and percentiles."""
    rng, people, cases, hits = np.random.default_rng(0), 20, 100, 0
    for _ in range(cases):
        runs = [trained(rng, 3, people, 0.05, np.zeros(people))[1] for _ in range(2)]
        low, high = np.quantile([resampled(runs, rng) for _ in range(60)], [0.025, 0.975])
        hits += low <= 0 <= high
    assert hits / cases < 0.9


def resampled(runs: list[Known], rng: np.random.Generator) -> float:
    """The difference of two contenders with seeds and people drawn with replacement."""
    first = next(iter(runs[0].values()))
    count = int(first.people[-1]) + 1
    people = np.bincount(rng.integers(count, size=count), minlength=count)

    def mean(known: Known) -> float:
        seeds = [list(known.values())[i] for i in rng.integers(len(known), size=len(known))]
        return float(np.mean([np.average(p.scores["ssim"], weights=people[p.people]) for p in seeds]))

    return mean(runs[0]) - mean(runs[1])


def test_the_closed_form_is_what_many_draws_of_people_tend_to() -> None:
    rng, count, people = np.random.default_rng(0), 160, 40
    hardness, weights = hard(people), rng.integers(0, 10, count).astype(float)
    (a, pairs), (b, more) = (
        contender(run({"pckh": hardness + rng.normal(0, 0.05, count)}, {"pckh": weights}, recipe=name)) for name in "ab"
    )
    found = Comparisons.of([a, b], PCKH, pairs | more)
    person = np.arange(count) // VIEWS
    draws = rng.multinomial(people, np.full(people, 1 / people), size=4000)

    def means(known: Known) -> np.ndarray:
        (p,) = known.values()
        sums, totals = (np.bincount(person, x) for x in (weights * p.scores["pckh"], weights))
        return (draws @ sums) / (draws @ totals)

    spread = (means(pairs) - means(more)).std() * (people / (people - 1)) ** 0.5
    expected = spread * scipy.stats.t.ppf(0.975, people - 1)
    difference = found.difference(0, 1)
    assert (difference.high - difference.low) / 2 == pytest.approx(expected, rel=0.05)


def test_three_seeds_tell_less_of_recipes_than_one_seed_of_its_trainings() -> None:
    base, rng = hard(40), np.random.default_rng(0)

    def of(recipe: str, seeds: int, gain: float) -> tuple[Contender, Known]:
        means = [gain, gain + 0.03, gain - 0.03][:seeds]
        runs = [run({"ssim": base + m + rng.normal(0, 0.01, 160)}, recipe=recipe, seed=s) for s, m in enumerate(means)]
        return contender(*runs)

    (a, p), (b, q), (c, r), (d, s) = of("a", 3, 0.01), of("b", 3, 0.0), of("c", 1, 0.01), of("d", 1, 0.0)
    known = p | q | r | s
    several, single = Comparisons.of([a, b], SSIM, known).difference(0, 1), Comparisons.of([c, d], SSIM, known).difference(0, 1)
    assert several.better is None and single.better == "a"
    assert several.basis == "3 seeds" and single.basis == "one training each"
    assert Comparisons.of([a, d], SSIM, known).difference(0, 1).basis == "3 and 1 trainings"
    interval = Comparisons.of([a], SSIM, known).intervals()[0]
    assert interval.low < a.record.scores["ssim"].low and interval.mean == pytest.approx(0.01 + base.mean(), abs=5e-3)


@pytest.mark.parametrize(("seeds", "others"), [(2, 1), (2, 2), (3, 1), (5, 2)])
def test_fewer_than_three_seeds_speak_of_their_trainings(seeds: int, others: int) -> None:
    """A second seed of one row makes no ranks alike: two means say nothing of how others would vary."""
    rng, base = np.random.default_rng(0), hard(40)

    def of(recipe: str, count: int, mean: float) -> tuple[Contender, Known]:
        scores = [base + mean + 0.002 * seed + rng.normal(0, 0.01, 160) for seed in range(count)]
        return contender(*(run({"ssim": found}, recipe=recipe, seed=seed) for seed, found in enumerate(scores)))

    rows = [of("a", seeds, 0.05), *(of(f"b{i}", others, 0.03 - 0.01 * i) for i in range(8))]
    found = Comparisons.of([row for row, _ in rows], SSIM, dict(itertools.chain.from_iterable(k.items() for _, k in rows)))
    assert [found.difference(0, i).better for i in range(1, 9)] == ["a"] * 8
    one = found.difference(0, 1)
    assert one.basis == (f"{seeds} and {others} trainings" if seeds != others else f"{seeds} trainings")
    people = float(np.maximum(found.levels.people[[0, 1]].sum() - 2 * found.levels.moved[0] @ found.levels.moved[1], 0))
    assert one.high - one.mean == pytest.approx(people**0.5 * scipy.stats.t.ppf(0.975, 39), rel=1e-4), "people alone"


def test_holm() -> None:
    assert holm(np.array([0.04, 0.01, 0.03, 0.005])).tolist() == pytest.approx([0.06, 0.03, 0.06, 0.02])
    assert holm(np.array([0.9, 0.8])).tolist() == [1.0, 1.0]


def test_a_family_is_corrected_and_a_very_large_one_is_bounded() -> None:
    metric = Metric("ssim", "")
    rng, runs = np.random.default_rng(0), []
    for i in range(FAMILY + 1):
        runs.append(contender(run({"ssim": hard(3) + rng.normal(0.001 * i, 0.01, 12)}, recipe=f"r{i}")))
    contenders, known = [e for e, _ in runs], dict(itertools.chain.from_iterable(k.items() for _, k in runs))
    exact, bound = Comparisons.of(contenders[:-1], metric, known), Comparisons.of(contenders, metric, known)
    assert (exact.adjusted(0) >= exact.p(0)).all() and (bound.adjusted(0)[:-1] >= exact.adjusted(0) - 1e-12).all()
    assert np.allclose(exact._holm, exact._holm.T)


@pytest.mark.parametrize("freedom", [1.0, 1.7, 2.0, 4.0, 30.0, 249.0])
def test_student_s_t_agrees_with_scipy(freedom: float) -> None:
    t = np.array([0.0, 0.5, 2.0, 5.0, 40.0])
    assert two_sided(t, np.full(5, freedom)) == pytest.approx(2 * scipy.stats.t.sf(t, freedom), rel=2e-6)
    assert half_widths(np.array([[4.0]]), np.array([[freedom]]))[0] == pytest.approx(
        2 * scipy.stats.t.ppf(0.975, freedom), rel=1e-5
    )


def test_chance_is_weighed_by_what_each_part_brings() -> None:
    parts, freedom = np.array([[3.0, 1.0]]), np.array([[np.inf, 2.0]])
    expected = 0.75 * 2 * scipy.stats.norm.sf(1.5) + 0.25 * 2 * scipy.stats.t.sf(1.5, 2)
    assert chance(np.array([3.0]), parts, freedom)[0] == pytest.approx(expected, rel=2e-3)
    assert chance(np.array([0.0, 1.0]), np.zeros((2, 2)), np.ones((2, 2))).tolist() == [1.0, 0.0]
