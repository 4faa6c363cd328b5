"""A suite small enough for a test, and a stand-in for `zoo run` that starts in no time and leaves prepared records."""

import json
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import TRACK
from zoo.recipes.catalog import catalog
from zoo.results.hardware import Hardware
from zoo.results.record import Record, Times
from zoo.scoring.intervals import Interval
from zoo.scoring.protocols import protocol
from zoo.suites.cells import SuiteCell
from zoo.suites.plan import Schedule, schedule
from zoo.suites.suite import Suite, load_suite

SUITE = """
name = "tinies"
track = "tiny.toml"
seeds = 2

[[grid]]
recipe = ["copy", "mean"]

[[grid]]
recipe = "spgnet"
variant = ["full", "oracle"]

[[grid]]
recipe = "scmnet"
merge = ["scmnet.correlation", "base.adain"]
"""

STAND_IN = """
import fcntl, json, os, pathlib, sys, time
told = json.loads(pathlib.Path(__file__).with_name("told.json").read_text())[" ".join(sys.argv[1:])]
folder = pathlib.Path(told["folder"])
folder.mkdir(parents=True, exist_ok=True)
lock = open(folder / ".lock", "w")
try:
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    sys.exit("\\nerror: process 1 is at work in this folder")
if told["fails"]:
    sys.exit("warming up\\nerror: the loss is not finite\\n  fix:   lower it")
checkpoint, work, log = folder / "checkpoint", folder / "work.txt", folder / "log.jsonl"
def put(path, text):
    path.with_suffix(".new").write_text(text)
    path.with_suffix(".new").replace(path)
for step in range(int(checkpoint.read_text()) if checkpoint.exists() else 0, 12):
    time.sleep(told["pause"])
    for path, line in ((work, str(step)), (log, json.dumps({"step": step + 1}))):
        with path.open("a") as file:
            file.write(line + "\\n")
    if step % 4 == 3:
        put(checkpoint, str(step + 1))
(folder / "weights.safetensors").write_text("learnt")
if told["record"]:
    results = pathlib.Path("runs/results")
    results.mkdir(parents=True, exist_ok=True)
    put(results / told["name"], told["record"])
    with work.open("a") as file:
        file.write("recorded\\n")
"""


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Suite:
    """Nine cells in a fresh working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("zoo.suites.bench.PAUSE", 0.02)
    (tmp_path / "tiny.toml").write_text(TRACK)
    (tmp_path / "suite.toml").write_text(SUITE)
    return load_suite("suite.toml")


@pytest.fixture
def plan(suite: Suite) -> Schedule:
    return schedule(suite, catalog())


def record_of(cell: SuiteCell, seconds: float = 60.0) -> Record:
    """A record as the run of this cell would leave it."""
    budget = cell.track.budget
    trained = bool(cell.recipe.phases)
    return Record.new(
        recipe=cell.recipe, track=cell.track, seed=cell.request.seed, protocol=protocol(cell.track.protocol), data="d" * 64,
        origin="trained" if trained else "none", weights="a" * 64 if trained else None, steps=budget.steps * trained,
        images_seen=budget.steps * budget.batch * trained, precision="no",
        scores={"ssim": Interval(mean=0.5, low=0.4, high=0.6, n=6)}, pairs=6, parts={}, versions={},
        hardware=Hardware.of("cpu"), times=Times(train_seconds=seconds, score_seconds=1.0),
        created="2026-01-01T00:00:00+00:00",
    )  # fmt: skip


def stand_in(plan: Schedule, folder: Path, fails: str = "", slow: int = 1) -> tuple[str, ...]:
    """The program that stands in for `python -m zoo` where the cells of this plan are run."""
    from zoo.suites.jobs import Job, steps

    told = {}
    for job in [*plan.jobs(), *(Job(job.leader, job.cells[1:]) for job in plan.jobs() if job.cells[1:])]:
        for step in steps(job, "cpu"):
            record = record_of(step.cell)
            told[" ".join(step.arguments)] = {
                "folder": str((step.cell if step.records else job.leader).folder), "name": record.file_name,
                "record": record.model_dump_json() if step.records else "",
                "fails": bool(fails) and fails in step.cell.title, "pause": 0.02 * slow,
            }  # fmt: skip
    (folder / "told.json").write_text(json.dumps(told))
    (folder / "stand_in.py").write_text(STAND_IN)
    return sys.executable, "-I", "-S", str(folder / "stand_in.py")
