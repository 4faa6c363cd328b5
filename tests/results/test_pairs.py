"""The scores of pairs beside a record: compressed, known by their sha256, and nothing else passes for them."""

import io
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.results.runs import hard, make_record, run
from zoo.errors import ZooError
from zoo.results.files import read_record, write_record
from zoo.results.pairs import pairs_name, parse_pairs, read_all_pairs, read_pairs
from zoo.results.record import Record


@pytest.fixture
def written(tmp_path: Path) -> tuple[Record, Path]:
    record, pairs = run({"ssim": hard(4), "pckh": [np.nan, *hard(4)[1:]]}, {"pckh": np.arange(16)})
    write_record(record, tmp_path, pairs.encoded())
    return record, tmp_path


def test_what_is_written_beside_a_record_is_read_again(written: tuple[Record, Path]) -> None:
    record, folder = written
    assert read_record(folder / record.file_name).pair_scores == record.pair_scores
    found = read_pairs(record, folder)
    assert found is not None and found.names == tuple(map(str, range(16))) and found.people.tolist() == sorted([0, 1, 2, 3] * 4)
    assert np.allclose(found.scores["ssim"], hard(4), atol=1e-7) and found.scores["ssim"].dtype == np.float32
    assert found.weight("pckh").tolist() == list(range(16)) and found.weight("ssim")[0] == 1, "NaN weighs nothing"
    assert len((folder / pairs_name(record)).read_bytes()) < 3000 and found.encoded() == found.encoded()


def test_older_records_have_none_and_keep_their_ids() -> None:
    record = make_record()
    assert record.pair_scores is None and "pair_scores" not in record.model_dump(mode="json")
    assert read_pairs(record, Path("nowhere")) is None


def test_a_file_that_is_gone_altered_or_another_s_is_told(written: tuple[Record, Path]) -> None:
    record, folder = written
    path = folder / pairs_name(record)
    path.write_bytes(run({"ssim": hard(4, seed=1)})[1].encoded())
    with pytest.raises(ZooError, match="was altered"):
        read_pairs(record, folder)
    told: list[str] = []
    assert read_all_pairs([record], [folder / "a", folder], told.append) == {} and "was altered" in told[0]
    path.unlink()
    with pytest.raises(ZooError, match="no file"):
        read_pairs(record, folder)
    os.mkfifo(path)
    with pytest.raises(ZooError, match="no regular file"):
        read_pairs(record, folder)


def test_a_record_of_other_pairs_does_not_fit(tmp_path: Path) -> None:
    record, pairs = run({"ssim": hard(4)})
    other = Record.of({**record.model_dump(mode="json", exclude={"id"}), "pairs": 3})
    write_record(other, tmp_path, pairs.encoded())
    with pytest.raises(ZooError, match="is of 16 pairs, its record of 3"):
        read_pairs(other, tmp_path)


GOOD: dict[str, Any] = {
    "names": np.frombuffer(b"a\nb", np.uint8),
    "people": np.arange(2),
    "scores.ssim": np.zeros(2, np.float32),
}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"scores.ssim": np.zeros(3, np.float32)}, "ssim is float32"), ({"scores.ssim": np.zeros(2)}, "ssim is float64"),
        ({"scores.ssim": np.float32([np.inf, 0])}, "infinite"), ({"weights.ssim": np.float32([-1, 0])}, "negative"),
        ({"weights.ssim": np.float32([np.nan, 0])}, "no number"), ({"weights.psnr": np.zeros(2, np.float32)}, "does not score"),
        ({"people": np.arange(2) + 0.5}, "people are float64"), ({"more": np.zeros(2)}, "it holds"),
        ({"names": np.zeros((2, 2), np.uint8)}, "rows of numbers"), ({"names": np.array([object()] * 2)}, "pickle"),
    ],
)  # fmt: skip
def test_numbers_that_would_break_a_comparison_are_refused(change: dict[str, Any], says: str) -> None:
    file = io.BytesIO()
    np.savez(file, **{**GOOD, **change})
    with pytest.raises(ZooError, match=says):
        parse_pairs(file.getvalue(), Path("a.pairs.npz"))


def test_what_swells_or_would_run_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zoo.results.pairs._UNPACKED", 1 << 16)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("names.npy", bytes(1 << 17))
    for content, says in ((bomb.getvalue(), "unpacks to"), (pickle.dumps(GOOD), "holds no scores"), (b"", "holds no scores")):
        with pytest.raises(ZooError, match=says):
            parse_pairs(content, Path("a.pairs.npz"))
