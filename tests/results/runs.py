"""Runs of a known truth: records and the scores of their pairs."""

from typing import Any

import numpy as np

from tests.test_records import make_record
from zoo.results.contenders import Contender
from zoo.results.pairs import PairScores, digest_of
from zoo.results.record import Record
from zoo.scoring.bootstrap import mean_interval

Known = dict[str, PairScores]
VIEWS = 4  # pairs of a person


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
