"""What is handed in is looked over and scored again; what is wrong is told whole, and nothing is written."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.cli.conftest import TRACK, Zoo
from zoo.cli import main
from zoo.results.files import read_record, write_record
from zoo.results.folder import note_record
from zoo.results.pairs import PairScores, digest_of, read_pairs
from zoo.results.record import Record


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small training."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Path("tiny.toml").write_text(TRACK)
        arguments = ["run", "--recipe", "mean", "--track", "tiny.toml", "--from-scratch", "--steps", "2", "--out", "run"]
        with pytest.raises(SystemExit) as end:
            main(arguments)
        assert not end.value.code
    return folder / "run"


@pytest.fixture
def run(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, to be damaged."""
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(made, tmp_path / "run"))


def altered(run: Path, change: Callable[[dict[str, Any]], object], pairs: PairScores | None = None) -> Path:
    """The run's record with other content and an id that fits, alone in its folder, and the scores of its pairs."""
    (path,) = (run / "results").glob("*.json")
    record = read_record(path)
    found = pairs or read_pairs(record, path.parent)
    assert found is not None
    content = found.encoded()
    document = json.loads(path.read_text()) | {"pair_scores": digest_of(content)}
    change(document)
    document.pop("id")
    for old in path.parent.iterdir():
        old.unlink()
    return write_record(Record.of(document), path.parent, content)


def test_what_is_whole_is_placed_with_the_scores_of_its_pairs(zoo: Zoo, run: Path) -> None:
    done = zoo("submit", run, "--to", "taken", "--sample", "3", "--json")
    assert done.code == 0, done.err
    placed = Path(done.json["record"])
    (own,) = (run / "results").glob("*.json")
    assert placed.read_bytes() == own.read_bytes() and read_pairs(read_record(placed), placed.parent) is not None
    assert {one["metric"] for one in done.json["again"]} >= {"masked_ssim", "pckh"}
    assert all(one["pairs"] <= 3 and one["moved"] < 1e-4 for one in done.json["again"])
    assert zoo("submit", own, "--weights", run / "weights.safetensors", "--to", "taken", "--sample", "3").code == 0


def test_a_record_s_file_finds_its_run_among_those_beside_it(zoo: Zoo, run: Path) -> None:
    """As `zoo run` without --out lays it out: runs/results and runs/TRACK/NAME."""
    home, other = Path("runs/tiny/mean-full-seed0"), Path("runs/tiny/another")
    shutil.copytree(run, home)
    (home / "results").rename("runs/results")
    (own,) = Path("runs/results").glob("*.json")
    note_record(home, own)
    shutil.copytree(home, other)
    note_record(other, own.with_name("of another run.json"))
    (other / "weights.safetensors").write_bytes(b"of another run")
    for place in (own, home):
        done = zoo("submit", place, "--to", "taken", "--sample", "2")
        assert done.code == 0, done.err
    shutil.rmtree(home)
    done = zoo("submit", own, "--to", "nowhere")
    assert done.code == 1 and "are not here" in done.err and "--weights" in done.err and not Path("nowhere").exists()


def test_every_reason_is_told_and_nothing_is_written(zoo: Zoo, run: Path) -> None:
    def forge(document: dict[str, Any]) -> None:
        document["scores"]["masked_ssim"] |= {"mean": 0.9, "high": 0.95}
        document["scores"]["psnr"]["n"] = 5
        document["recipe_digest"] = "0" * 64
        document["weights"]["sha256"] = "1" * 64

    path = altered(run, forge)
    done = zoo("submit", path, "--to", "taken")
    assert done.code != 0 and not Path("taken").exists()
    for reason in ("give the mean", "the record tells 0.9", "6 pairs count, the record tells 5", "recipe in the record"):
        assert reason in done.err, done.err
    assert "are not here: sha256 1111" in done.err


def test_scores_that_the_weights_do_not_give_are_refused(zoo: Zoo, run: Path) -> None:
    (path,) = (run / "results").glob("*.json")
    pairs = read_pairs(read_record(path), path.parent)
    assert pairs is not None
    better = {name: values + np.float32(0.05) for name, values in pairs.scores.items()}

    def forge(document: dict[str, Any]) -> None:
        for score in document["scores"].values():
            score.update({fact: score[fact] + 0.05 for fact in ("mean", "low", "high")})

    forged = altered(run, forge, PairScores(pairs.names, pairs.people, better, pairs.weights))
    done = zoo("submit", forged, "--to", "taken", "--sample", "4")
    assert done.code != 0 and "masked_ssim: pairs scored again are off by" in done.err and not Path("taken").exists()
    assert "; masked_psnr: pairs" in done.err and "\\n" not in done.err, "every reason, on a line that a terminal shows"
    told = zoo("verify", forged, "--json")
    assert told.code == 1 and not told.json["agrees"]
    row = {one["metric"]: one for one in told.json["metrics"]}["masked_ssim"]
    assert row["told"] - row["here"] == pytest.approx(0.05, abs=1e-4) and not row["agrees"]


def test_other_weights_data_and_pairs_are_refused(zoo: Zoo, run: Path) -> None:
    (path,) = (run / "results").glob("*.json")
    other = shutil.copy(run / "weights.safetensors", "other.safetensors")
    with Path(other).open("ab") as file:
        file.write(b" ")
    assert "is not what was scored" in zoo("verify", path, "--weights", other).err
    next((run / "results").glob("*.npz")).unlink()
    assert "there is no file" in zoo("verify", path).err
    path.write_text(path.read_text().replace('"mean": ', '"mean": 1'))
    assert "altered after it was written" in zoo("submit", path).err


def test_data_that_has_changed_is_told(zoo: Zoo, run: Path) -> None:
    changed = altered(run, lambda document: document.update(data_digest="e" * 64))
    assert "the data here is not what was scored" in zoo("verify", changed).err


def test_verify_tells_every_metric_over_all_pairs(zoo: Zoo, run: Path) -> None:
    done = zoo("verify", run)
    assert done.code == 0 and "ffd" in done.out and " no" not in done.out
    assert zoo("verify", run, "--sample", "2", "--json").json["metrics"][0]["pairs"] == 2


def test_a_budget_of_the_file_s_own_word_is_marked(zoo: Zoo, run: Path) -> None:
    declared = altered(run, lambda document: document["weights"].update(origin="file"))
    done = zoo("submit", declared, "--to", "taken", "--sample", "2")
    assert done.code == 0 and "self-declared" in done.err and "not ranked" in done.err
