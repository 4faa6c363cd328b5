"""Cells of a suite that begin alike train their first phases once, and their records are those of runs alone."""

import json
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Zoo, track, zoo
from tests.suites.conftest import record_of
from zoo.documents.files import PHASES
from zoo.recipes.catalog import catalog
from zoo.results.files import read_record, write_record
from zoo.suites.bench import run
from zoo.suites.cells import SuiteCell, expand
from zoo.suites.engines.local import OUTPUT, Local
from zoo.suites.jobs import BEGUN, jobs_of
from zoo.suites.places import Room
from zoo.suites.plan import schedule
from zoo.suites.suite import load_suite

__all__ = ["track", "zoo"]

SUITE = """
name = "alike"
track = "tiny.toml"
[[grid]]
recipe = "spgnet"
variant = ["spade", "full", "cc"]
"""


def cells_of(suite: str, seed: int) -> list[SuiteCell]:
    cells, _ = expand(load_suite(suite), catalog())
    return [cell for cell in cells if cell.request.seed == seed]


def test_what_cells_of_the_committed_suites_share() -> None:
    """As docs/bench.md says; the first of those alike come in their order, the others last."""
    jobs = jobs_of(cells := cells_of("ablations", 1), cells)
    assert [f"{job.leader.recipe.name}/{job.leader.recipe.variant}" for job in jobs if job.shares] == [
        "spgnet/baseline-s", "spgnet/s1-then-s2", "spt/ts-pred",
        "spgnet/spade", "spgnet/cc", "spgnet/s1-then-joint", "spt/mask-style", "spt/patch-style", "spt/wo-face",
    ]  # fmt: skip
    assert [job.shares for job in jobs][-6:] == [True] * 6
    seeds = [{name for cell in cells_of("ablations", seed) for name in cell.beginnings} for seed in (0, 1)]
    assert seeds[0].isdisjoint(seeds[1])


def test_jobs_are_told_where_to_keep_what_they_share(tmp_path: Path, track: Path) -> None:
    Path("suite.toml").write_text(SUITE)
    tells = "import os, sys; sys.exit(os.environ.get('ZOO_PHASES', 'nowhere'))"
    plan = schedule(load_suite("suite.toml"), catalog())
    run(plan, Local([Room("cpu", 1)], (sys.executable, "-c", tells)))
    said = {cell.recipe.variant: (cell.folder / OUTPUT).read_text().strip() for cell in plan.cells}
    assert said == {"spade": str(BEGUN), "full": "nowhere", "cc": str(BEGUN)}


def test_what_was_shared_is_cleared_away_when_all_is_done(track: Path) -> None:
    Path("suite.toml").write_text(SUITE)
    BEGUN.mkdir(parents=True)
    plan = schedule(load_suite("suite.toml"), catalog())
    run(plan, Local([Room("cpu", 1)], (sys.executable, "-c", "import sys; sys.exit('it fails')")))
    assert BEGUN.exists(), "something is left to do"
    for cell in plan.cells:
        write_record(record_of(cell), Path("runs/results"))
    run(schedule(load_suite("suite.toml"), catalog(), retry_failed=True), Local([Room("cpu", 1)]))
    assert not BEGUN.exists()


def test_record_and_weights_are_those_of_a_run_alone(zoo: Zoo, track: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ("--recipe", "spgnet", "--track", track, "--steps", 5, "--device", "cpu")

    def scored(out: str) -> dict[str, object]:
        assert zoo("run", *asked, "--variant", "cc", "--from-scratch", "--out", out).code == 0
        [path] = Path(out, "results").glob("*.json")
        record = read_record(path)
        return {"weights": record.weights, "scores": record.scores, "pairs": record.pair_scores}

    wanted = scored("alone")
    monkeypatch.setenv(PHASES, "shared")
    assert zoo("train", *asked, "--variant", "spade", "--out", "first").code == 0
    assert scored("second") == wanted
    assert json.loads(Path("second/log.jsonl").read_text().splitlines()[0])["phase"] == "main", (
        "the first was not trained again"
    )
