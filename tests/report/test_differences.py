"""What is told of differences: the same as the comparisons say, of the best rows and the reader's own."""

from tests.results.runs import changed, hard, run
from zoo.report.differences import SHOWN, differences
from zoo.report.effects import arena_effects
from zoo.report.examples import examples
from zoo.results.pairs import PairScores
from zoo.results.ranking import standings
from zoo.results.record import Record
from zoo.scoring.protocols import protocol

METRIC = protocol("figures-v1").metric("masked_ssim")
LAB = protocol("figures-v1").metric("region_lab")


def known(count: int) -> tuple[list, dict]:
    runs = [run({"masked_ssim": hard(10) - 0.001 * i}, recipe=f"r{i:03}") for i in range(count)]
    return [record for record, _ in runs], {record.id: pairs for record, pairs in runs}


def test_the_upper_triangle_is_told_row_by_row() -> None:
    (found,) = standings(*known(4))
    told = differences(found, [METRIC, LAB], frozenset())
    assert (told["rows"], told["left"]) == ([0, 1, 2, 3], 0) and told["metrics"].keys() == {"masked_ssim"}
    family = found.comparisons(METRIC)
    wanted = [family.difference(a, b) for a in range(4) for b in range(a + 1, 4)]
    for (mean, low, high, adjusted, paired), one in zip(told["metrics"]["masked_ssim"], wanted, strict=True):
        assert abs(mean - one.mean) < 1e-4 and low <= mean <= high and paired == 1
        assert abs(adjusted - one.adjusted) < 1e-4
    assert told["leaders"] == {"masked_ssim": [0]}, "what is always a little better is told apart pair by pair"


def test_of_many_rows_the_best_are_told_and_the_reader_s_own() -> None:
    records, pairs = known(SHOWN + 5)
    (found,) = standings(records, pairs)
    own = found.rows[-1].contender.record.id
    told = differences(found, [METRIC], frozenset({own}))
    assert told["rows"] == [*range(SHOWN), SHOWN + 4] and told["left"] == 4
    assert len(told["metrics"]["masked_ssim"]) == (SHOWN + 1) * SHOWN // 2


def test_a_row_without_the_metric_differs_from_none() -> None:
    both = run({"masked_ssim": hard(10), "region_lab": hard(10)}, recipe="both")
    one, other = (run({"masked_ssim": hard(10) - by}, recipe=f"{by}") for by in (0.1, 0.2))
    (found,) = standings([r for r, _ in (both, one, other)], {r.id: p for r, p in (both, one, other)})
    told = differences(found, [METRIC, LAB], frozenset())
    assert told["metrics"]["region_lab"] == [None, None, None] and told["leaders"]["region_lab"] == [0]


def test_effects_are_those_of_the_recipes_themselves() -> None:
    def mixed(merge: str, generator: str, by: float, **facts: str) -> tuple[Record, PairScores]:
        record, scores = run({"masked_ssim": hard(10) + by}, recipe=f"{merge}-{generator}", **facts)
        recipe = {**record.recipe.model_dump(), "merge": {"use": merge}, "generator": {"use": generator}}
        return changed(record, recipe=recipe), scores

    runs = [mixed(f"m.{m}", f"g.{g}", 0.1 * m + 0.01 * g) for m in (0, 1) for g in (0, 1)]
    runs.append(mixed("m.2", "g.0", 0.9, variant="wo-x"))
    (found,) = standings([r for r, _ in runs], {r.id: p for r, p in runs})
    told = arena_effects(found, [METRIC, LAB])
    assert told.keys() == {"masked_ssim"}
    told = told["masked_ssim"]
    assert (told["cells"], told["missing"]) == (4, 0)
    brought = {level: round(effect["mean"], 3) for effect in told["main"] for _, level in effect["places"]}
    assert brought == {"m.0": -0.05, "m.1": 0.05, "g.0": -0.005, "g.1": 0.005}
    assert arena_effects(standings([runs[0][0]], {})[0], [METRIC]) == {}


def test_examples_are_the_ends_and_the_middle() -> None:
    record, pairs = run({"masked_ssim": [0.5, 0.1, 0.9, 0.3, 0.7, 0.4, 0.6, 0.8]})
    (found,) = standings([record], {record.id: pairs})
    assert examples(record, found) == [["2", 0.9], ["0", 0.5], ["1", 0.1]]
    assert examples(record, standings([record], {})[0]) is None
