"""What a run scored on every test pair: one small file beside its record, which holds the file's sha256. Imports no torch."""

import hashlib
import io
import warnings
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.documents.reading import read_bounded
from zoo.errors import ZooError
from zoo.results.record import Record

LARGEST = 1 << 26  # bytes of a file, as it is written
_UNPACKED = 1 << 28  # bytes of all it holds: a dozen scores of a million pairs
_BOUND = 1e15  # of a score, as in `zoo.scoring.intervals.Score`
_ONE_AT_A_TIME = Lock()  # NumPy reads headers with ast.literal_eval, which in Python 3.11 fails now and then among threads

Floats = NDArray[np.float32]
Column = NDArray[np.float64]
PairsById = Mapping[str, "PairScores"]  # of records


@dataclass(frozen=True, eq=False)
class PairScores:
    """Scores (N,) by metric, NaN where a pair has nothing to measure; their weighted mean is the run's score.

    A score of all outputs at once, the Frechet distance, is there as each pair's part in it to first order
    (`zoo.scoring.frechet.parts_of_distance`), so that everything about pairs holds for it, too.
    """

    names: tuple[str, ...]  # of the pairs
    people: NDArray[np.int64]  # (N,) whose pair each is: pairs of one person are not independent
    scores: dict[str, Floats]
    weights: dict[str, Floats]  # (N,) of the pairs, where the mean of a metric is a weighted one

    @classmethod
    def of(cls, names: Iterable[str], people: Any, scores: Mapping[str, Any], weights: Mapping[str, Any]) -> "PairScores":
        """From anything that NumPy takes for numbers."""
        narrow = {kind: {n: np.asarray(v, np.float32) for n, v in d.items()} for kind, d in (("s", scores), ("w", weights))}
        return cls(tuple(names), np.asarray(people, np.int64), narrow["s"], narrow["w"])

    def weight(self, metric: str) -> Column:
        """(N,) of the pairs in the mean of `metric`; 0 where there is nothing to measure."""
        given = self.weights.get(metric)
        weights = np.ones(len(self.names)) if given is None else given.astype(np.float64)
        return np.where(np.isfinite(self.scores[metric]), weights, 0.0)

    def encoded(self) -> bytes:
        """The file: a compressed .npz of `names` (UTF-8, a line each), `people`, `scores.METRIC` and `weights.METRIC`."""
        arrays: dict[str, Any] = {"names": np.frombuffer("\n".join(self.names).encode(), np.uint8), "people": self.people}
        arrays |= {f"scores.{name}": values for name, values in self.scores.items()}
        arrays |= {f"weights.{name}": values for name, values in self.weights.items()}
        file = io.BytesIO()
        np.savez_compressed(file, **arrays)
        return file.getvalue()

    @classmethod
    def decoded(cls, content: bytes) -> "PairScores":
        """Of `encoded`; ValueError for anything else."""
        arrays = _arrays(content)
        kinds: dict[str, dict[str, Floats]] = {"scores": {}, "weights": {}}
        for key, values in arrays.items():
            kind, _, metric = key.partition(".")
            if kind in kinds and metric:
                kinds[kind][metric] = values
        if not {"names", "people"} <= arrays.keys() or len(arrays) != 2 + sum(map(len, kinds.values())):
            raise ValueError(f"it holds {', '.join(sorted(arrays))[:100] or 'nothing'}")
        names = tuple(arrays["names"].tobytes().decode().split("\n"))
        found = cls(names, arrays["people"], kinds["scores"], kinds["weights"])
        found._check()
        return found

    def _check(self) -> None:
        count = (len(self.names),)
        if self.people.shape != count or self.people.dtype != np.int64:
            raise ValueError(f"people are {self.people.dtype} {self.people.shape} for {count[0]} pairs")
        for name, values in [*self.scores.items(), *self.weights.items()]:
            if values.shape != count or values.dtype != np.float32:
                raise ValueError(f"{name} is {values.dtype} {values.shape} for {count[0]} pairs")
        if any((np.abs(values) > _BOUND).any() for values in self.scores.values()):
            raise ValueError("a score is infinite or enormous")
        if not all(((values >= 0) & (values < _BOUND)).all() for values in self.weights.values()):
            raise ValueError("a weight is negative, or no number")
        if not self.weights.keys() <= self.scores.keys():
            raise ValueError("it has weights of what it does not score")


def _arrays(content: bytes) -> dict[str, Any]:
    """What a .npz holds; ValueError where it is none, or swells."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            unpacked = sum(member.file_size for member in file.infolist())
        if unpacked > _UNPACKED:
            raise ValueError(f"it unpacks to {unpacked:,} bytes")
        with _ONE_AT_A_TIME, np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            found = {name: arrays[name] for name in arrays.files}
    except ValueError:
        raise
    except Exception as error:  # a damaged archive or header can make zipfile and NumPy raise anything
        raise ValueError(str(error)) from error
    if not all(isinstance(array, np.ndarray) and array.ndim == 1 for array in found.values()):
        raise ValueError("it does not hold rows of numbers alone")
    return found


def digest_of(content: bytes) -> str:
    """The sha256 that a record holds of its pairs' file."""
    return hashlib.sha256(content).hexdigest()


def pairs_name(record: Record) -> str:
    """The name of the file beside a record."""
    return record.file_name.removesuffix(".json") + ".pairs.npz"


def read_pairs(record: Record, folder: Path) -> PairScores | None:
    """The scores beside a record; None for an older one, which has none. ZooError where the file is gone, altered or unfit."""
    if record.pair_scores is None:
        return None
    path = folder / pairs_name(record)
    content = read_bounded(path, LARGEST)
    if digest_of(content) != record.pair_scores:
        raise _unfit(path, f"{path.name} was altered: its record has another sha256")
    pairs = parse_pairs(content, path)
    if len(pairs.names) != record.pairs:
        raise _unfit(path, f"{path.name} is of {len(pairs.names)} pairs, its record of {record.pairs}")
    return pairs


def parse_pairs(content: bytes, path: Path) -> PairScores:
    """The scores that a file holds; ZooError for anything that `PairScores.encoded` does not write."""
    try:
        return PairScores.decoded(content)
    except ValueError as error:
        raise _unfit(path, f"{path.name} holds no scores of pairs: {str(error)[:200]}") from error


def _unfit(path: Path, what: str) -> ZooError:
    fix = "restore it from where the record came from, or score the run again with zoo run"
    return ZooError(what, where=str(path.parent), fix=fix)


def read_all_pairs(
    records: Iterable[Record], folders: Iterable[Path], report: Callable[[str], object] = warnings.warn
) -> dict[str, PairScores]:
    """By the records' ids, from the first folder that has them; what cannot be read is reported and left out."""
    places = list(folders)
    found = {}
    for record in records:
        if record.pair_scores is None:
            continue
        folder = next((place for place in places if (place / pairs_name(record)).exists()), places[0])
        try:
            pairs = read_pairs(record, folder)
        except ZooError as error:
            report(str(error))
            continue
        if pairs is not None:
            found[record.id] = pairs
    return found
