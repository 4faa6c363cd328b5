"""A bench runs what is missing; whoever dies, and whenever, nothing is lost and nothing is done twice."""

import os
import random
import signal
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.suites.conftest import record_of, stand_in
from zoo.recipes.catalog import catalog
from zoo.suites.bench import run
from zoo.suites.engines import Event
from zoo.suites.engines.local import Local
from zoo.suites.known import read_failure
from zoo.suites.places import Room
from zoo.suites.plan import Schedule, schedule
from zoo.suites.suite import Suite

ROOMS = [Room("cpu", 1)] * 3


def records() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path("runs/results").glob("*.json")}


def expected(plan: Schedule) -> dict[str, bytes]:
    told = [record_of(cell) for cell in plan.cells]
    return {record.file_name: record.model_dump_json().encode() for record in told}


def test_all_cells_get_their_records(plan: Schedule, tmp_path: Path) -> None:
    events: list[Event] = []
    ended = run(plan, Local(ROOMS, stand_in(plan, tmp_path)), watch=events.append)
    assert ended.done == plan.cells and not (ended.failed or ended.left)
    assert records() == expected(plan)
    assert Counter(event.what for event in events if event.what != "at") == {"started": 11, "done": 11}
    assert not plan.todo()


def test_a_failure_is_written_down_and_stops_nobody(suite: Suite, plan: Schedule, tmp_path: Path) -> None:
    ended = run(plan, Local(ROOMS, stand_in(plan, tmp_path, fails="spgnet on tiny, seed 0")))
    assert [cell.title for cell in ended.failed] == ["spgnet on tiny, seed 0", "spgnet (oracle) on tiny, seed 0"]
    assert len(ended.done) == 9
    told = read_failure(ended.failed[0])
    assert told and told.error.startswith("error: the loss is not finite")
    assert told.command.startswith("zoo run --recipe spgnet")
    again = schedule(suite, catalog())
    assert [again.state(cell) for cell in again.cells[2:4]] == ["failed", "failed"] and not again.todo()
    once_more = schedule(suite, catalog(), retry_failed=True)
    assert len(once_more.todo()) == 2
    assert run(once_more, Local(ROOMS, stand_in(once_more, tmp_path))).done == once_more.cells[2:4]
    assert not read_failure(ended.failed[0])


def test_a_process_that_is_killed_and_gets_no_further_has_failed(plan: Schedule, tmp_path: Path) -> None:
    killed = "import os; os.kill(os.getpid(), 9)"
    ended = run(plan, Local(ROOMS, (sys.executable, "-S", "-c", killed)))
    assert len(ended.failed) == len(plan.cells)
    assert "killed 3 times (SIGKILL)" in plan.failures[plan.cells[0].id].error


def test_a_process_that_leaves_no_record_has_failed(plan: Schedule) -> None:
    ended = run(plan, Local(ROOMS, ("/bin/true",)))
    assert ended.failed == plan.cells and "left no record" in plan.failures[plan.cells[0].id].error


def test_at_the_limit_it_stops_and_goes_on_another_time(suite: Suite, plan: Schedule, tmp_path: Path) -> None:
    program = stand_in(plan, tmp_path)
    ended = run(plan, Local(ROOMS, program), limit_hours=0.4 / 3600)
    assert ended.left and not ended.failed
    assert not run(schedule(suite, catalog()), Local(ROOMS, program)).left
    assert records() == expected(plan)


def test_what_another_bench_does_is_waited_for(suite: Suite, plan: Schedule, tmp_path: Path) -> None:
    program = stand_in(plan, tmp_path)
    other = _bench(suite, program)
    ended = run(plan, Local(ROOMS, program))
    os.waitpid(other, 0)
    assert ended.done == plan.cells
    _nothing_lost_nothing_twice(plan, kills=0)


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_any_moment_it_loses_nothing(
    suite: Suite, plan: Schedule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr("zoo.suites.bench.KILLS", 100)
    program, dice, kills = stand_in(plan, tmp_path), random.Random(seed), 0
    bench = _bench(suite, program)
    while os.waitpid(bench, os.WNOHANG) == (0, 0):
        time.sleep(dice.uniform(0.05, 0.5))
        if dice.random() < 0.5:
            kills += _kill_a_cell(dice)
        elif os.waitpid(bench, os.WNOHANG) == (0, 0):
            os.kill(bench, signal.SIGKILL)
            os.waitpid(bench, 0)
            bench = _bench(suite, program)
        else:
            break
    _nothing_lost_nothing_twice(plan, kills)


def _bench(suite: Suite, program: tuple[str, ...]) -> int:
    """A bench in a process of its own; its number."""
    if child := os.fork():
        return child
    try:
        run(schedule(suite, catalog()), Local(ROOMS, program))
    finally:
        os._exit(0)


def _kill_a_cell(dice: random.Random) -> int:
    asked = [path for path in Path("/proc").glob("[0-9]*/cmdline") if str(Path.cwd()).encode() in _read(path)]
    if not asked:
        return 0
    try:
        os.kill(int(dice.choice(asked).parent.name), signal.SIGKILL)
    except ProcessLookupError:
        return 0
    return 1


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _nothing_lost_nothing_twice(plan: Schedule, kills: int) -> None:
    assert records() == expected(plan)
    work = {path: path.read_text().split() for path in Path("runs").rglob("work.txt")}
    assert all(lines.count("recorded") <= 1 for lines in work.values()), "a cell was done twice"
    repeated = sum(len(lines) - len({*lines}) for lines in work.values())
    assert repeated <= 4 * kills, "more than the steps since the last checkpoint were lost"
