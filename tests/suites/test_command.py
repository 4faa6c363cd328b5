"""`zoo bench` as it is called."""

from pathlib import Path

import pytest

from tests.cli.conftest import Zoo, track, zoo
from zoo.results.files import read_record
from zoo.suites.suite import suites

__all__ = ["track", "zoo"]


def test_a_bench_from_the_first_command_to_the_records(zoo: Zoo, track: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ("bench", "--recipe", "copy,mean", "--track", str(track.resolve()), "--jobs", 2, "--device", "cpu")
    planned = zoo(*asked, "--dry-run")
    assert planned.code == 0 and planned.out.count("to do") == 2 and "2 cells, 0 have records, 2 to run" in planned.out
    assert not Path("runs").exists()
    done = zoo(*asked, "--json")
    assert done.code == 0 and [cell["state"] for cell in done.json["cells"]] == ["done", "done"]
    copy, mean = sorted(map(read_record, Path("runs/results").glob("*.json")), key=lambda r: r.recipe_name)
    assert (copy.weights.origin, mean.weights.origin) == ("none", "trained") and mean.on_budget
    assert len(list(Path("runs/kept").glob("*.safetensors"))) == 2, "rendered once, for both"
    assert "2 have records, 0 to run" in zoo(*asked).err


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ((), f"name a suite ({', '.join(suites())})"),
        (("papers", "--recipe", "copy"), "exclude each other"),
        (("papers", "--merge", "base.adain"), "--merge is for benches without a suite"),
        (("--recipe", "copy", "--engine", "rya"), "did you mean 'ray'"),
        (("--recipe", "copy", "--gpus", 1), "--gpus means nothing to --engine local"),
        (("--recipe", "copy", "--precision", "fp16"), "precision"),
        (("nowhere.toml",), "there is no file nowhere.toml"),
    ],
)
def test_a_wrong_call_is_told(zoo: Zoo, track: Path, asked: tuple[object, ...], told: str) -> None:
    done = zoo("bench", *asked, "--dry-run")
    assert done.code != 0 and told in done.err
