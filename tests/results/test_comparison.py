"""Two runs compared pair by pair: what both find hard cancels, and nothing is compared that cannot be."""

from typing import Any

import numpy as np
import pytest

from tests.results.runs import contender, hard, run
from zoo.errors import ZooError
from zoo.results.comparison import compare, row_of
from zoo.results.difference import Difference
from zoo.scoring.protocols import PROTOCOLS, WORDS

PEOPLE = 40


def differences(a: dict[str, Any], b: dict[str, Any], **facts: Any) -> list[Difference]:
    (one, pairs), (other, more) = contender(run(a, recipe="a", **facts)), contender(run(b, recipe="b", **facts))
    return compare(one, other, pairs | more)


def test_a_small_but_steady_gain_is_told_where_two_intervals_overlap() -> None:
    base, noise = hard(PEOPLE), np.random.default_rng(1).normal(0, 0.01, PEOPLE * 4)
    (one, pairs), (other, more) = contender(run({"ssim": base + 0.01 + noise})), contender(run({"ssim": base}))
    assert one.record.scores["ssim"].low < other.record.scores["ssim"].high
    (sharp,) = compare(one, other, pairs | more)
    assert sharp.better == "a" and sharp.paired and sharp.low < sharp.mean < sharp.high
    assert sharp.mean == pytest.approx((0.01 + noise).mean(), abs=1e-6)
    row = row_of(one, other, sharp)
    assert row["a"] - row["b"] == pytest.approx(row["difference"]["mean"])
    (blunt,) = compare(one, other, {})
    assert blunt.better is None and not blunt.paired and blunt.sentence("a", "b").endswith("from the two intervals")


def test_less_is_better_where_the_protocol_says_so_and_a_sentence_says_it() -> None:
    base, noise = 10 * hard(PEOPLE), np.random.default_rng(1).normal(0, 0.2, PEOPLE * 4)
    (worse,) = differences({"region_lab": base + 1.9 + noise}, {"region_lab": base})
    assert worse.better == "b" and worse.mean > 0
    assert worse.sentence("adain", "correlation") == (
        f"correlation beats adain on region colour error by {worse.mean:.3g} dE76, 95 % {worse.low:.3g} to {worse.high:.3g}, "
        "one training each"
    )
    (better,) = differences({"region_lab": base}, {"region_lab": base + 1.9 + noise})
    assert better.sentence("correlation", "adain") == worse.sentence("adain", "correlation")


def test_a_sentence_is_not_drowned_by_long_names() -> None:
    base = {"ssim": hard(PEOPLE)}
    (short, pairs), (long, more) = contender(run(base, recipe="a")), contender(run(base, recipe="b" * 61))
    (found,) = compare(short, long, pairs | more)
    assert row_of(short, long, found)["sentence"].startswith("a and b cannot be told apart")
    assert row_of(short, contender(run(base, recipe="b" * 60))[0], found)["sentence"].startswith(f"a and {'b' * 60} cannot")


def test_a_run_does_not_beat_itself() -> None:
    (same,) = differences({"ssim": hard(PEOPLE)}, {"ssim": hard(PEOPLE)})
    assert same.better is None and same.low == same.mean == same.high == 0 and same.p == 1
    assert "cannot be told apart on SSIM" in same.sentence("a", "b")


def test_what_differs_by_the_same_everywhere_is_certain() -> None:
    (found,) = differences({"ssim": np.full(40, 0.75)}, {"ssim": np.full(40, 0.5)})
    assert found.better == "a" and (found.low, found.high, found.p) == (0.25, 0.25, 0)


def test_more_metrics_are_more_chances_to_be_wrong() -> None:
    base, noise = hard(PEOPLE), np.random.default_rng(1).normal(0, 0.05, PEOPLE * 4)
    one = {"ssim": base + 0.0125 + noise, "psnr": base, "masked_ssim": base, "masked_psnr": base}
    alone, together = differences({"ssim": one["ssim"]}, {"ssim": base})[0], differences(one, dict.fromkeys(one, base))[0]
    assert 0.0125 < alone.p == together.p and alone.better == "a"
    assert together.adjusted == pytest.approx(4 * alone.p) and together.better is None


def test_metrics_that_one_run_lacks_are_left_out() -> None:
    x = hard(3)
    assert [found.metric.name for found in differences({"ssim": x, "epe": x}, {"ssim": x})] == ["ssim"]


def test_a_row_tells_of_the_pairs_that_both_could_be_measured_on() -> None:
    x = hard(3)
    some = np.where(np.arange(12) < 2, np.nan, x)
    for a, b in ((some, x), (x, some)):
        (one, pairs), (other, more) = contender(run({"ssim": a}, recipe="a")), contender(run({"ssim": b}, recipe="b"))
        [found] = compare(one, other, pairs | more)
        assert row_of(one, other, found)["difference"]["n"] == 10


def test_every_metric_has_words_for_a_sentence() -> None:
    names = {metric.name for rules in PROTOCOLS.values() for metric in rules.metrics}
    assert names == {*WORDS} and len({*WORDS.values()}) == len(WORDS)


@pytest.mark.parametrize(("what", "facts"), [("track", {"track": {"name": "u"}}), ("data", {"data": "e" * 64})])
def test_runs_of_two_arenas_are_refused(what: str, facts: dict[str, Any]) -> None:
    one, _ = contender(run({"ssim": hard(3)}))
    other, _ = contender(run({"ssim": hard(3)}, **facts))
    with pytest.raises(ZooError, match=f"differ in {what}"):
        compare(one, other, {})
    with pytest.raises(ZooError, match="differ in number of pairs"):
        compare(one, contender(run({"ssim": hard(4)}))[0], {})


def test_pairs_of_other_names_are_not_paired() -> None:
    (one, pairs), (other, more) = contender(run({"ssim": hard(9)}, recipe="a")), contender(run({"ssim": hard(9)}, recipe="b"))
    (found,) = more.values()
    strange = type(found)(tuple(reversed(found.names)), found.people, found.scores, found.weights)
    assert not compare(one, other, pairs | {other.record.id: strange})[0].paired
