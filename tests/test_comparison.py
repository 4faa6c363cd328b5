"""Two runs compared pair by pair: what both find hard cancels, and nothing is compared that cannot be."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zoo.errors import ZooError
from zoo.results.comparison import PairScores, compare
from zoo.scoring.bootstrap import mean_interval
from zoo.store.folder import PAIRS

PEOPLE, VIEWS = 40, 4
ARENA = {"track": "t", "track's digest": "1", "data": "2", "protocol": "figures-v1", "protocol's version": "1"}


def run(scores: dict[str, Any], weights: dict[str, list[float]] | None = None, **changes: Any) -> PairScores:
    count = len(next(iter(scores.values())))
    people = [i // VIEWS for i in range(count)]
    facts = {
        "recipe": "r",
        "variant": "full",
        "changes": [],
        "seed": 0,
        "arena": ARENA,
        "pairs": [str(i) for i in range(count)],
    }
    return PairScores(**{**facts, "people": people, "weights": weights or {}, "scores": scores, **changes})


def hard_pairs() -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.repeat(rng.normal(0.6, 0.1, PEOPLE), VIEWS) + rng.normal(0, 0.05, PEOPLE * VIEWS)


def test_a_small_but_steady_gain_is_told_where_two_intervals_overlap() -> None:
    base, noise = hard_pairs(), np.random.default_rng(1).normal(0, 0.01, PEOPLE * VIEWS)
    better = base + 0.01 + noise
    ones, people = np.ones(len(base)), np.arange(len(base)) // VIEWS
    apart = [mean_interval(x, ones, people) for x in (better, base)]
    assert apart[0] and apart[1] and apart[0].low < apart[1].high
    (row,) = compare(run({"ssim": better.tolist()}), run({"ssim": base.tolist()}))
    assert row["better"] == "a" and row["difference"]["mean"] == pytest.approx((better - base).mean())
    assert row["a"] - row["b"] == pytest.approx(row["difference"]["mean"])


def test_less_is_better_where_the_protocol_says_so() -> None:
    base = (10 * hard_pairs()).tolist()
    (row,) = compare(run({"region_lab": [x + 1 for x in base]}), run({"region_lab": base}))
    assert row["better"] == "b" and not row["higher_is_better"]


def test_a_run_does_not_beat_itself() -> None:
    itself = run({"ssim": hard_pairs().tolist()})
    (row,) = compare(itself, itself)
    assert row["better"] is None and row["difference"]["low"] == row["difference"]["high"] == 0


def test_a_pair_counts_where_both_could_score_it_and_by_its_weight() -> None:
    a, b = (
        run({"pckh": [1.0, 0.0, None, 0.5]}, {"pckh": [3, 1, 1, 0]}),
        run({"pckh": [0.0, 0.0, 1.0, 0.5]}, {"pckh": [3, 1, 1, 0]}),
    )
    (row,) = compare(a, b)
    assert (row["a"], row["b"], row["difference"]["n"]) == (0.75, 0.0, 2)
    assert compare(run({"ssim": [None, None]}), run({"ssim": [1.0, 1.0]})) == []


def test_metrics_that_one_run_lacks_are_left_out() -> None:
    both = compare(run({"ssim": [1.0], "epe": [2.0]}), run({"ssim": [1.0]}))
    assert [row["metric"] for row in both] == ["ssim"]


@pytest.mark.parametrize("what", ["track's digest", "data", "protocol", "protocol's version"])
def test_runs_of_two_arenas_are_refused(what: str) -> None:
    with pytest.raises(ZooError, match=f"differ in {what}"):
        compare(run({"ssim": [1.0]}), run({"ssim": [1.0]}, arena={**ARENA, what: "other"}))
    with pytest.raises(ZooError, match="same pairs"):
        compare(run({"ssim": [1.0]}), run({"ssim": [1.0]}, pairs=["x"]))


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    scores = run({"ssim": [0.1, None]}, {"ssim": [1.0, 2.0]})
    scores.save(tmp_path)
    assert PairScores.load(tmp_path) == scores
    assert np.isnan(scores.column("ssim")).tolist() == [False, True]


def test_files_that_cannot_be_read_are_explained(tmp_path: Path) -> None:
    with pytest.raises(ZooError, match="no scores of pairs here") as missing:
        PairScores.load(tmp_path / "nowhere")
    assert "name the folder of a run" in str(missing.value)
    (tmp_path / PAIRS).write_text('{"pairs": ["a"], "scores": {"ssim": [1.0]}}')
    with pytest.raises(ZooError, match="score the run again"):
        PairScores.load(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[1.0]", "[1.0,2.0]", "ssim has 2 entries for 1 pairs"), ("[1.0]", "[1e999]", "scores.ssim"),
        ("[1.0]", "[NaN]", "ssim"), ("[2.0]", "[-1]", "weights.ssim"), ('"people":[0]', '"people":[-1]', "people"),
        ('"protocol":', '"protokol":', "the arena"),
    ],
)  # fmt: skip
def test_numbers_that_would_break_a_comparison_are_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    run({"ssim": [1.0]}, {"ssim": [2.0]}).save(tmp_path)
    text = (tmp_path / PAIRS).read_text()
    assert old in text
    (tmp_path / PAIRS).write_text(text.replace(old, new, 1))
    with pytest.raises(ZooError, match=says):
        PairScores.load(tmp_path)


def test_a_pipe_in_its_place_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / PAIRS)
    with pytest.raises(ZooError, match="no regular file"):
        PairScores.load(tmp_path)
