"""Runs of a known truth: records and the scores of their pairs."""

from typing import Any

import numpy as np

from zoo.recipes.loading import make_recipe
from zoo.recipes.track import Track
from zoo.results.contenders import Contender
from zoo.results.hardware import Hardware
from zoo.results.pairs import PairScores, digest_of
from zoo.results.record import PartCost, Record, Times
from zoo.scoring.bootstrap import mean_interval
from zoo.scoring.intervals import Interval
from zoo.scoring.protocols import protocol

Known = dict[str, PairScores]
VIEWS = 4  # pairs of a person


def make_record(scores: dict[str, Interval] | None = None, track: dict[str, Any] | None = None, **changes: Any) -> Record:
    """A record of a small recipe; `recipe`, `oracle`, `sources`, `shown` and `variant` change the recipe, the rest the run."""
    own = {"name": changes.pop("recipe", "mine"), "variant": changes.pop("variant", "full")}
    document = {
        **own, "oracle": changes.pop("oracle", False), "regions": "scm8",
        "sources": changes.pop("sources", 1), "shown": changes.pop("shown", None),
        "pose": "a.pose", "style": "a.style", "merge": "a.merge", "generator": "a.generator",
        "losses": {"rec": {"use": "a.l1", "weight": changes.pop("weight", 1.0)}},
        "phases": [{"name": "main", "train": ["generator"], "losses": ["rec"], "pairing": "a.self"}],
    }  # fmt: skip
    place = {"name": "t", "dataset": "a.data", "size": [64, 64], "protocol": "figures-v1", "budget": {"steps": 10, "batch": 2}}
    parts = {"merge": (3, 4), "style": (1, 1)}
    run: dict[str, Any] = {
        "seed": 0, "protocol": protocol("figures-v1"), "data": "d" * 64, "origin": "trained", "weights": "a" * 64,
        "steps": 10, "images_seen": 20, "precision": "no", "pairs": 8,
        "versions": {"zoo": "1"}, "hardware": Hardware(cpu="c", cores=2),
        "scores": scores or {"masked_ssim": Interval(mean=0.5, low=0.4, high=0.6, n=8)},
        "parts": {name: PartCost(component=f"a.{name}", parameters=p, macs=m) for name, (p, m) in parts.items()},
        "times": Times(train_seconds=0.1), "created": "2026-01-02T03:04:05+00:00",
    }  # fmt: skip
    recipe, arena = make_recipe(document, where="test"), Track.model_validate({**place, **(track or {})})
    return Record.new(recipe=recipe, track=arena, **{**run, **changes})


def changed(record: Record, **fields: Any) -> Record:
    """Another record, which differs in these fields."""
    return Record.of({**record.model_dump(mode="json", exclude={"id"}), **fields})


def run(scores: dict[str, Any], weights: dict[str, Any] | None = None, **facts: Any) -> tuple[Record, PairScores]:
    """A record with the scores of its pairs, four to a person."""
    count = len(next(iter(scores.values())))
    people = np.arange(count) // VIEWS
    pairs = PairScores.of(map(str, range(count)), people, scores, weights or {})
    found = {name: mean_interval(np.array(x, float), pairs.weight(name), people) for name, x in scores.items()}
    told = {name: interval for name, interval in found.items() if interval is not None}
    return make_record(told, pairs=count, pair_scores=digest_of(pairs.encoded()), **facts), pairs


def contender(*runs: tuple[Record, PairScores]) -> tuple[Contender, Known]:
    """The seeds of one recipe."""
    return Contender(tuple(record for record, _ in runs)), {record.id: pairs for record, pairs in runs}


def hard(people: int, seed: int = 0) -> np.ndarray:
    """Scores whose pairs are hard or easy, as people are."""
    rng = np.random.default_rng(seed)
    return np.repeat(rng.normal(0.6, 0.1, people), VIEWS) + rng.normal(0, 0.05, people * VIEWS)
