"""Two runs compared pair by pair: what is hard about a pair is hard for both, and cancels. Imports no torch."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Self

import numpy as np
from pydantic import Field, ValidationError, model_validator

from zoo.documents.files import write_atomically
from zoo.documents.misfits import explained_value
from zoo.documents.reading import read_bounded
from zoo.documents.strict import Strict
from zoo.errors import ZooError
from zoo.results.record import Record
from zoo.scoring.bootstrap import Array, mean_interval
from zoo.scoring.intervals import Interval, Score
from zoo.scoring.protocols import Metric, protocol
from zoo.store.folder import PAIRS, REPORT

LARGEST = 1 << 28  # bytes: a dozen scores of a million pairs
ARENA = {"track", "track's digest", "data", "protocol", "protocol's version"}  # what must be equal for scores to be comparable
Person = Annotated[int, Field(ge=0, lt=2**63)]
Weight = Annotated[float, Field(ge=0, le=1e9)]
Row = dict[str, Any]


class PairScores(Strict):
    """What a run scored on every test pair: `per_pair.json` of its folder."""

    recipe: str
    variant: str
    changes: list[str]
    seed: int
    arena: dict[str, str]  # the facts ARENA
    recipe_digest: str | None = None
    parameters: str | None = None  # sha256 of the weights that were scored
    pairs: list[str]
    people: list[Person]  # whose pair each is: pairs of one person are not independent
    weights: dict[str, list[Weight]]  # of each pair, where the mean of a metric is a weighted one
    scores: dict[str, list[Score | None]]  # None where a pair has nothing to measure

    @model_validator(mode="after")
    def _whole(self) -> Self:
        counts = [("people", len(self.people)), *((name, len(weights)) for name, weights in self.weights.items())]
        for name, count in counts + [(name, len(scores)) for name, scores in self.scores.items()]:
            if count != len(self.pairs):
                raise ValueError(f"{name} has {count} entries for {len(self.pairs)} pairs")
        if self.arena.keys() != ARENA:
            raise ValueError(f"the arena tells {', '.join(sorted(self.arena)) or 'nothing'}, not {', '.join(sorted(ARENA))}")
        return self

    @classmethod
    def of(cls, record: Record, pairs: list[str], people: list[int], weights: dict[str, Any], scores: dict[str, Any]) -> Self:
        """The scores behind a record; NaN where a pair has nothing to measure."""
        arena = {
            "track": record.track_name, "track's digest": record.track_digest, "data": record.data_digest,
            "protocol": record.protocol, "protocol's version": record.protocol_version,
        }  # fmt: skip
        told = {name: [value if np.isfinite(value) else None for value in values] for name, values in scores.items()}
        return cls(
            recipe=record.recipe_name, variant=record.variant, changes=record.changes, seed=record.seed,
            arena=arena, pairs=pairs, people=people, weights=weights, scores=told,
            recipe_digest=record.recipe_digest, parameters=record.weights.sha256,
        )  # fmt: skip

    def save(self, folder: Path) -> None:
        """Write the file into a run folder; the old one or the whole new one."""
        write_atomically(folder / PAIRS, self.model_dump_json().encode())

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a run folder's file; ZooError where there is none, or it was written by an older zoo."""
        path = folder / PAIRS
        again = "score the run again with zoo run: a finished training is not repeated with --from-scratch --resume"
        try:
            return cls.model_validate_json(read_bounded(path, LARGEST))
        except ZooError as error:
            fix = "name the folder of a run, as zoo run tells it" if not folder.is_dir() else again
            raise ZooError(f"no scores of pairs here: {error.what}", where=str(path), fix=fix, exit_code=2) from error
        except ValidationError as error:
            what = explained_value(error, ".".join(map(str, error.errors()[0]["loc"])) or "the file")
            raise ZooError(f"not this version's scores of pairs: {what}", where=str(path), fix=again) from error

    @classmethod
    def require_own(cls, folder: Path, track_digest: str, **mine: object) -> None:
        """ZooError where the scores in a run folder are of another track, or differ from `mine` in a field of this class."""
        try:
            theirs = cls.load(folder)
        except ZooError:  # nothing that could be lost, but perhaps a page of somebody's own
            theirs = None
        if theirs is None and not (folder / REPORT).exists():
            return
        differing = [n.replace("_", " ") for n, value in mine.items() if theirs and getattr(theirs, n) not in (None, value)]
        if theirs and theirs.arena["track's digest"] != track_digest:
            differing.append("track")
        if differing or theirs is None:
            what = f"the scores of a run of another {differing[0]}" if theirs else f"a {REPORT} of something else"
            raise ZooError(
                f"there is {what} in this folder",
                where=str(folder),
                fix="choose another --out, or overwrite it with --force",
                exit_code=2,
            )

    def column(self, metric: str) -> Array:
        """One number per pair, NaN where there is nothing to measure."""
        return np.array([np.nan if value is None else value for value in self.scores[metric]], dtype=np.float64)


def compare(a: PairScores, b: PairScores) -> list[Row]:
    """Per metric that both runs have: both means, and a - b with its 95 % interval, over the pairs that both could score.

    The interval is a bootstrap over people of the differences. `better` is "a" or "b" where it excludes 0, else None. What is
    scored on all outputs at once, as the Fréchet distance is, cannot be compared so. ZooError for runs of different arenas.
    """
    _require_comparable(a, b)
    metrics = protocol(a.arena["protocol"]).metrics
    return [row for metric in metrics if metric.name in a.scores.keys() & b.scores.keys() for row in _row(metric, a, b)]


def _require_comparable(a: PairScores, b: PairScores) -> None:
    for what, one in a.arena.items():
        if (other := b.arena.get(what)) != one:
            raise ZooError(f"the runs differ in {what}: {one} and {other}", where="zoo compare",
                           fix="compare runs of one track, its budget and data included", exit_code=2)  # fmt: skip
    if a.pairs != b.pairs:
        raise ZooError("the runs were not scored on the same pairs", where="zoo compare", fix="score both on the same track")


def _row(metric: Metric, a: PairScores, b: PairScores) -> Iterator[Row]:
    one, other = a.column(metric.name), b.column(metric.name)
    both = np.isfinite(one - other)
    weights, people = np.array(a.weights.get(metric.name, [1.0] * len(one))), np.array(a.people)
    difference = mean_interval(one - other, weights, people)
    if difference is None:
        return
    yield {
        "metric": metric.name,
        "unit": metric.unit,
        "higher_is_better": metric.higher_is_better,
        "a": float(np.average(one[both], weights=weights[both])),
        "b": float(np.average(other[both], weights=weights[both])),
        "difference": difference.model_dump(),
        "better": _better(difference, metric.higher_is_better),
    }


def _better(difference: Interval, higher_is_better: bool) -> str | None:
    if difference.low <= 0 <= difference.high:
        return None
    return "a" if (difference.mean > 0) == higher_is_better else "b"
