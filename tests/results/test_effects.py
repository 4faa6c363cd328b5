"""What each part brings: the plain differences where the grid is whole, and honest about its gaps where it is not."""

from itertools import product
from typing import Any

import numpy as np
import pytest

from tests.results.runs import Known, contender, hard, run
from zoo.results.contenders import Contender
from zoo.results.effects import Effect, Effects, effects, levels_of
from zoo.results.record import Record
from zoo.scoring.protocols import FIGURES_V1

SSIM = FIGURES_V1.metric("ssim")
MERGES, STYLES, PAINTERS = {"m.a": 0.0, "m.b": 0.02, "m.c": 0.07}, {"s.a": 0.0, "s.b": 0.01}, {"g.a": 0.0, "g.b": -0.03}
WHOLE = list(product(MERGES, STYLES, PAINTERS))


def cell(levels: tuple[str, str, str], more: float = 0.0, seeds: int = 3, spread: float = 0.002) -> tuple[Contender, Known]:
    """Three seeds of a mix whose parts add up, and `more`."""
    merge, style, generator = levels
    rng = np.random.default_rng([ord(level[-1]) for level in levels])
    truth = MERGES[merge] + STYLES.get(style, 0.5) + PAINTERS.get(generator, 0.5) + more
    runs = []
    for seed in range(seeds):
        found = hard(40) + truth + (rng.normal(0, spread) + rng.normal(0, 0.01, 160) if spread else 0)
        record, pairs = run({"ssim": found}, recipe="-".join(levels), seed=seed)
        parts = {"merge": {"use": merge}, "style": {"use": style}, "generator": {"use": generator}}
        document = record.model_dump(mode="json", exclude={"id"})
        runs.append((Record.of({**document, "recipe": {**document["recipe"], **parts}}), pairs))
    return contender(*runs)


def of(cells: list[tuple[str, str, str]], more: dict[Any, float] | None = None, **facts: Any) -> Effects:
    made = [cell(levels, (more or {}).get(levels, 0.0), **facts) for levels in cells]
    return effects([one for one, _ in made], SSIM, {key: pairs for _, known in made for key, pairs in known.items()})


def main(found: Effects) -> dict[str, Effect]:
    return {effect.places[0][1]: effect for effect in found.main}


def test_effects_of_a_whole_grid_are_differences_of_marginal_means() -> None:
    more = {("m.a", "s.b", "g.a"): 0.05}
    found = of(WHOLE, more, spread=0.0)
    truth = np.array([MERGES[m] + STYLES[s] + PAINTERS[g] + more.get((m, s, g), 0.0) for m, s, g in WHOLE])
    for place, levels in enumerate((MERGES, STYLES, PAINTERS)):
        for level in levels:
            expected = truth[[c[place] == level for c in WHOLE]].mean() - truth.mean()
            assert main(found)[level].value == pytest.approx(expected, abs=1e-6)
    assert found.factors == {"style": [*STYLES], "merge": [*MERGES], "generator": [*PAINTERS]} and found.missing == 0
    both = {tuple(level for _, level in e.places): e.value for e in found.interactions}
    pairs = truth.reshape(3, 2, 2).mean(2)
    expected = pairs[0, 1] - pairs[0].mean() - pairs[:, 1].mean() + pairs.mean()
    assert both["s.b", "m.a"] == pytest.approx(expected, abs=1e-6)
    assert len(both) == 3 * 2 + 3 * 2 + 2 * 2


def test_what_is_certain_is_told_and_what_is_not_is_not() -> None:
    found = main(of(WHOLE))
    assert found["m.c"].adjusted is not None and found["m.c"].adjusted < 0.05 and found["m.c"].cells == 4
    assert found["m.c"].low is not None and found["m.c"].high is not None
    assert found["m.c"].low < 0.04 < found["m.c"].high
    noisy = main(of(WHOLE, spread=0.1))
    assert noisy["s.b"].adjusted is not None and noisy["s.b"].adjusted > 0.05


def width(effect: Effect) -> float:
    assert effect.low is not None and effect.high is not None
    return effect.high - effect.low


def test_missing_cells_are_no_error_and_widen_intervals() -> None:
    rng = np.random.default_rng(0)
    rough = {levels: rng.normal(0, 0.02) for levels in WHOLE}  # what no sum of parts says
    whole, gaps = of(WHOLE, rough, spread=0.0), of(WHOLE[:-3], rough, spread=0.0)
    assert (whole.missing, gaps.missing, gaps.cells) == (0, 3, 9)
    for level in ("m.a", "s.b", "g.a"):
        assert width(main(whole)[level]) == pytest.approx(0, abs=1e-6) and width(main(gaps)[level]) > 0.01
    additive = of(WHOLE[:-3], spread=0.0)
    assert width(main(additive)["m.b"]) == pytest.approx(0, abs=1e-6), "where parts just add up, gaps hide nothing"
    assert main(additive)["m.c"].value == pytest.approx(0.04, abs=1e-6)


def test_the_interval_over_gaps_holds_the_effect_of_the_whole_grid() -> None:
    rng, hits, count = np.random.default_rng(0), 0, 0
    made = {levels: cell(levels, spread=0.0, seeds=1) for levels in WHOLE}
    for _ in range(30):
        rough = {levels: rng.normal(0, 0.02) for levels in WHOLE}
        there = [WHOLE[i] for i in rng.permutation(len(WHOLE))[:9]]
        found = main(moved(made, there, rough))
        truth = main(moved(made, WHOLE, rough))
        for level, effect in found.items():
            if effect.value is not None and effect.low is not None and effect.high is not None:
                assert truth[level].value is not None
                hits, count = hits + (effect.low <= truth[level].value <= effect.high), count + 1
    assert count > 100 and hits / count >= 0.93


def moved(made: dict[Any, tuple[Contender, Known]], cells: list[Any], more: dict[Any, float]) -> Effects:
    """Effects of cells whose scores are moved, without making their records anew."""
    contenders, known = [], {}
    for levels in cells:
        (one, pairs) = made[levels]
        score = one.record.scores["ssim"]
        shifted = score.model_copy(update={name: getattr(score, name) + more[levels] for name in ("mean", "low", "high")})
        contenders.append(Contender((one.record.model_copy(update={"scores": {"ssim": shifted}}),)))
        known |= pairs
    return effects(contenders, SSIM, known)


def test_what_the_cells_do_not_determine_has_no_number() -> None:
    corner = of([("m.a", "s.a", "g.a"), ("m.b", "s.b", "g.a"), ("m.a", "s.b", "g.a")])
    assert len(corner.main) == 4, "three cells of four, and nothing left to judge the fourth by"
    assert all(effect.value is None and effect.adjusted is None for effect in (*corner.main, *corner.interactions))
    alone = of([("m.a", "s.a", "g.a")])
    assert alone.factors == {} and alone.main == [] and alone.cells == 1
    two = of([("m.a", "s.a", "g.a"), ("m.b", "s.a", "g.a")])
    assert main(two)["m.b"].value == pytest.approx(0.01, abs=0.005)


def test_factors_that_vary_together_are_one_and_strangers_are_left_out() -> None:
    recipes = [("m.a", "s.a", "g.a"), ("m.b", "s.a", "g.a"), ("m.a", "s.b", "g.b"), ("m.b", "s.b", "g.b")]
    found = of(recipes, spread=0.0)
    assert found.told == {"generator": "style"} and {*found.factors} == {"style", "merge"} and found.missing == 0
    assert main(found)["s.b"].value == pytest.approx((0.01 - 0.03) / 2, abs=1e-6)
    stranger = of([*recipes, ("m.c", "s.c", "g.c")], spread=0.0)
    assert stranger.apart == 1 and main(stranger) == main(found)


def test_losses_that_train_nothing_are_no_level() -> None:
    record, _ = run({"ssim": hard(3)})
    recipe = record.recipe.model_dump()
    idle = {**recipe["losses"], "idle": {"use": "a.idle", "weight": 1.0}, "off": {"use": "a.off", "weight": 0.0}}
    recipe = {**recipe, "losses": idle, "phases": [{**recipe["phases"][0], "losses": ["rec", "off"]}]}
    assert levels_of(Record.of({**record.model_dump(mode="json", exclude={"id"}), "recipe": recipe}))["loss"] == "a.l1"
