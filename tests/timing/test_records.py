"""Measurements: sealed, of their own kind, and no run's record."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.results.runs import make_record
from tests.timing.records import make_speed
from zoo.errors import ZooError
from zoo.results.files import read_record, read_records, write_record
from zoo.results.hardware import Hardware
from zoo.results.sealed import OtherKindError, read
from zoo.results.speed import SpeedRecord, Spread, read_speeds
from zoo.timing.plan import COMMITTED
from zoo.timing.wording import spread_text


def test_one_comes_back_as_it_was_and_not_otherwise(tmp_path: Path) -> None:
    record = make_speed()
    path = record.write(tmp_path)
    assert path.name == f"speed--t--mine--forward--{record.id[:12]}.json" and read(SpeedRecord, path) == record
    path.write_text(path.read_text().replace('"batch": 2', '"batch": 4'))
    with pytest.raises(ZooError, match="altered after it was written"):
        read(SpeedRecord, path)


def test_runs_and_measurements_lie_in_one_folder_and_do_not_meet(tmp_path: Path) -> None:
    timed, ran = make_speed(), make_record()
    path, other = timed.write(tmp_path), write_record(ran, tmp_path)
    wrong: list[str] = []
    assert read_speeds([tmp_path], report=wrong.append) == [timed] and read_records([tmp_path], report=wrong.append) == [ran]
    assert not wrong
    with pytest.raises(OtherKindError, match="a measurement of speed, not a run"):
        read_record(path)
    with pytest.raises(OtherKindError, match="holds a run, not a measurement of speed"):
        read(SpeedRecord, other)


def test_what_is_broken_is_told(tmp_path: Path) -> None:
    document = json.loads(make_speed().write(tmp_path).read_text())
    (tmp_path / "a.json").write_text("[1]")
    (tmp_path / "b.json").write_text("{")
    (tmp_path / "c.json").write_text(json.dumps({**document, "seconds": None}))
    wrong: list[str] = []
    assert len(read_speeds([tmp_path], report=wrong.append)) == 1 and len(wrong) == 3


def test_quartiles_are_numpy_s() -> None:
    values = np.random.default_rng(0).random(8)
    found = Spread.of(values)
    assert np.allclose([found.low, found.median, found.high], np.quantile(values, [0.25, 0.5, 0.75])) and found.n == 8
    assert spread_text(Spread.of([0.002])) == "2 ms [2, 2]" and spread_text(Spread.of([1, 2, 3])) == "2 s [1.5, 2.5]"


def test_rates_follow_from_the_median() -> None:
    record = make_speed(seconds=0.5)
    assert record.throughput == 4 and record.share == pytest.approx(0.4)


@pytest.mark.parametrize(
    "changed",
    [
        {"hardware": Hardware(cpu="c", cores=3)},
        {"threads": 1},
        {"code": "c" * 64},
        {"precision": "bf16"},
        {"versions": {"torch": "3"}},
    ],
    ids=str,
)
def test_what_makes_it_another_measurement(changed: dict[str, object]) -> None:
    assert make_speed(**changed).key != make_speed().key == make_speed(seconds=9).key


def test_all_committed_measurements_are_whole() -> None:
    wrong: list[str] = []
    assert read_speeds([COMMITTED], report=wrong.append) and not wrong
