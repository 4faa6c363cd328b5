"""Boards of a track of one's own."""

from pathlib import Path

import pytest

import zoo
from tests.results.runs import make_record
from zoo.api.standings import run_text
from zoo.results.files import write_record


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Records of a track that nobody has installed."""
    write_record(make_record(track={"name": "tiny"}, variant="sheets"), tmp_path)
    return tmp_path


def test_a_track_of_ones_own_is_named_by_its_file_or_its_name(folder: Path, small: Path) -> None:
    assert len(zoo.records([folder], track=str(small))) == len(zoo.records([folder], track="tiny")) == 1
    assert zoo.leaderboard("tiny", results=[folder]).rows == zoo.leaderboard(str(small), results=[folder]).rows
    (folder / "none").mkdir()
    assert "no records yet" in zoo.leaderboard(str(small), results=[folder / "none"]).table()
    with pytest.raises(zoo.ZooError, match="unknown track 'tinny'"):
        zoo.records([folder], track="tinny")


def test_the_scores_of_a_run_stand_below_the_name_of_its_row(folder: Path) -> None:
    [record] = zoo.records([folder])
    assert "mine/sheets" in run_text(record, [], {}).splitlines()[0]
