"""The leaderboard ranks only what is comparable and separable."""

import random
from typing import Any

import pytest

from tests.results.runs import changed, make_record
from zoo.errors import ZooError
from zoo.results.leaderboard import leaderboard
from zoo.results.record import Record
from zoo.scoring.intervals import Interval

KEYS = [
    "rank", "recipe", "variant", "changes", "track", "protocol", "seed", "oracle", "origin", "scores", "parameters", "macs",
    "macs_protocol", "record", "seeds", "records", "paired", "sources", "scoring_precision",
]  # fmt: skip


def row(recipe: str, mean: float, half: float = 0.01, metric: str = "masked_ssim", **changes: Any) -> Record:
    interval = Interval(mean=mean, low=mean - half, high=mean + half, n=8)
    return make_record({metric: interval}, recipe=recipe, **changes)


def ranks(records: list[Record], by: str | None = None) -> list[tuple[str, int | None]]:
    return [(r["recipe"], r["rank"]) for r in leaderboard(records, by)]


def test_rows_have_exactly_these_keys() -> None:
    (only,) = leaderboard([make_record()])
    assert list(only) == KEYS
    assert (only["parameters"], only["macs"], only["record"]) == (4, 5, make_record().id)
    assert only["scores"] == {"masked_ssim": {"mean": 0.5, "low": 0.4, "high": 0.6, "n": 8}}


def test_best_first_whatever_the_order_of_the_records() -> None:
    records = [row("a", 0.9), row("b", 0.8), row("c", 0.7)]
    for _ in range(5):
        random.Random(0).shuffle(records)
        assert ranks(records) == [("a", 1), ("b", 2), ("c", 3)]


def test_rows_that_are_not_separable_from_the_leader_share_its_rank() -> None:
    records = [row("a", 0.90, 0.05), row("b", 0.85, 0.05), row("c", 0.79, 0.05), row("d", 0.70, 0.01)]
    assert ranks(records) == [("a", 1), ("b", 1), ("c", 3), ("d", 4)]  # b and c overlap, but a leads b


@pytest.mark.parametrize("block", [1, 2, 3, 64])
def test_ranks_are_the_same_however_many_rows_are_looked_at_at_once(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zoo.results.ranking.BLOCK", block)
    records = [
        row(name, mean, 0.05) for name, mean in zip("abcdefgh", (0.9, 0.89, 0.88, 0.87, 0.5, 0.49, 0.48, 0.1), strict=True)
    ]
    assert [rank for _, rank in ranks(records)] == [1, 1, 1, 1, 5, 5, 5, 8]


def test_lower_is_better_where_the_protocol_says_so() -> None:
    records = [row("a", 9.0, metric="ffd"), row("b", 2.0, metric="ffd")]
    assert ranks(records, by="ffd") == [("b", 1), ("a", 2)]


def test_rows_without_the_metric_come_last_unranked() -> None:
    assert ranks([row("a", 0.1), row("b", 0.9, metric="ssim")]) == [("a", 1), ("b", None)]


def test_an_unknown_metric_is_named() -> None:
    with pytest.raises(ZooError, match="did you mean 'masked_ssim'"):
        leaderboard([row("a", 0.1)], by="masked_sim")
    assert leaderboard([], by="anything") == []


@pytest.mark.parametrize("change", [{"sources": 2}, {"scoring_precision": "bf16"}])
def test_who_sees_more_photos_or_is_scored_otherwise_is_not_ranked(change: dict[str, Any]) -> None:
    assert ranks([row("other", 0.99, **change), row("a", 0.5)]) == [("a", 1), ("other", None)]


def test_oracles_are_marked_and_not_ranked() -> None:
    rows = leaderboard([row("cheat", 0.99, oracle=True), row("a", 0.5)])
    assert [(r["recipe"], r["rank"], r["oracle"]) for r in rows] == [("a", 1, False), ("cheat", None, True)]


@pytest.mark.parametrize(
    ("change", "rank"),
    [
        ({"images_seen": 20}, 1),
        ({"images_seen": 40}, None),
        ({"images_seen": 2}, None),
        ({"images_seen": 0, "steps": 0, "origin": "none", "weights": None}, 1),  # nothing to train
        ({"images_seen": 0, "steps": 0, "origin": "file"}, None),  # nobody knows
        ({"images_seen": 20, "origin": "file"}, None),  # the file says so, and anybody can write it
        ({"images_seen": 20, "origin": "registry"}, 1),
    ],
)
def test_another_budget_than_the_track_s_is_not_ranked(change: dict[str, Any], rank: int | None) -> None:
    assert ranks([row("a", 0.5, **change)]) == [("a", rank)]


@pytest.mark.parametrize("change", [{"track": {"name": "u"}}, {"track": {"size": [32, 32]}}, {"data": "e" * 64}, {"pairs": 4}])
def test_what_is_not_comparable_is_not_ranked_together(change: dict[str, Any]) -> None:
    records = [row("a", 0.9), row("b", 0.8), row("a", 0.99, **change), row("b", 0.1, **change)]
    assert [rank for _, rank in ranks(records)] == [1, 2, 1, 2]


def test_prose_does_not_split_a_track() -> None:
    assert [rank for _, rank in ranks([row("a", 0.9), row("b", 0.8, track={"summary": "other words"})])] == [1, 2]


def test_the_newest_of_equal_runs_counts() -> None:
    old, new = row("a", 0.9, created="2026-01-01T00:00:00+00:00"), row("a", 0.5, created="2026-01-02T00:00:00+00:00")
    (only,) = leaderboard([new, old])
    assert only["record"] == new.id


def test_a_run_of_the_future_hides_no_other() -> None:
    skewed, new = row("a", 0.99, created="2731-01-01T00:00:00+00:00"), row("a", 0.5, created="2026-01-02T00:00:00+00:00")
    assert [r["record"] for r in leaderboard([new, skewed])] == [new.id]
    assert ranks([skewed]) == [("a", 1)], "alone it counts"


def test_other_recipes_are_rows_of_their_own_and_seeds_are_one() -> None:
    assert len(leaderboard([row("a", 0.9), row("a", 0.9, weight=2.0)])) == 2
    (only,) = leaderboard([row("a", 0.91, seed=1), row("a", 0.90), row("a", 0.89, seed=2)])
    assert only["seeds"] == [0, 1, 2] and only["records"][1] == row("a", 0.91, seed=1).id
    score = only["scores"]["masked_ssim"]
    assert score["mean"] == pytest.approx(0.9) and score["high"] - score["low"] > 2 * 0.01, "seeds vary, too"


@pytest.mark.parametrize("change", [{"init": "e" * 64}, {"scoring_precision": "bf16"}, {"batch": 1}])
def test_who_began_or_was_scored_otherwise_is_no_seed_of_the_same(change: dict[str, Any]) -> None:
    assert [len(r["seeds"]) for r in leaderboard([row("a", 0.91), row("a", 0.90, seed=1, **change)])] == [1, 1]


def test_a_smoke_run_does_not_replace_the_real_one() -> None:
    smoke = row("a", 0.1, images_seen=2, steps=1, created="2026-09-01T00:00:00+00:00")
    assert ranks([row("a", 0.9), smoke]) == [("a", 1), ("a", None)]


def test_records_of_a_forgotten_protocol_are_shown_unranked() -> None:
    record = row("a", 0.9)
    forgotten = changed(record, protocol="older-v0")
    assert ranks([forgotten, record]) == [("a", 1), ("a", None)]
    assert [rank for _, rank in ranks([forgotten], by="masked_ssim")] == [None]
