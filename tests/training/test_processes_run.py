"""`zoo run` in several processes: one voice, one record, and the scores of one process."""

import json
import subprocess
from pathlib import Path

import pytest

from zoo.recipes.catalog import catalog
from zoo.recipes.request import Request
from zoo.results.record import Record
from zoo.running.scoring import run_recipe

from ..cli.conftest import TRACK
from .launching import ACCELERATE, TORCHRUN, run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    (folder / "tiny.toml").write_text(TRACK.replace("test_pairs = 6", "test_pairs = 18"))  # two batches, one of two pairs
    return folder


ARGUMENTS = ("run", "--recipe", "scmnet", "--from-scratch", "--device", "cpu", "--track", "tiny.toml")


@pytest.fixture(scope="module")
def done(folder: Path) -> subprocess.CompletedProcess[str]:
    return run(*ACCELERATE, "zoo", *ARGUMENTS, "--json", folder=folder)


def test_the_main_process_prints_and_records(done: subprocess.CompletedProcess[str], folder: Path) -> None:
    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)  # one document
    assert printed["hardware"]["processes"] == 2
    assert done.stderr.count("record: ") == 1
    (written,) = (folder / "runs" / "results").glob("*.json")
    assert json.loads(written.read_text()) == printed
    assert not list((folder / "runs").rglob(".*.tmp"))


def test_scores_are_those_of_one_process(
    done: subprocess.CompletedProcess[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    (weights,) = (folder / "runs").rglob("weights.safetensors")
    request = Request("scmnet", track="tiny.toml", weights=weights, device="cpu", out=Path("alone"))
    alone = run_recipe(request, catalog())
    given = ("run", "--recipe", "scmnet", "--device", "cpu", "--track", "tiny.toml", "--weights", str(weights))
    scored = run(*TORCHRUN, "zoo", *given, "--json", "--out", "shared", folder=folder)
    assert scored.returncode == 0, scored.stderr
    shared = Record.model_validate_json(scored.stdout)
    assert shared.pairs == alone.record.pairs == 18
    assert shared.scores == alone.record.scores
    one, two = (next(Path(out, "results").glob("*.pairs.npz")).read_bytes() for out in ("alone", "shared"))
    assert one == two and shared.pair_scores == alone.record.pair_scores


def test_a_wrong_call_is_refused_once(folder: Path) -> None:
    refused = run(*ACCELERATE, "zoo", *ARGUMENTS, "--set", "merge.temprature=1", folder=folder)
    assert refused.returncode != 0
    assert refused.stderr.count("error: ") == 1, refused.stderr
