"""Cells in processes of their own, and the command from its options to the records."""

import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Zoo, track, zoo
from tests.timing.records import make_speed
from tests.timing.test_passes import ADAPTER
from zoo.api.boards import leaderboard
from zoo.recipes.catalog import catalog
from zoo.results.hardware import Hardware
from zoo.results.speed import read_speeds
from zoo.timing import bench
from zoo.timing.bench import Setting, groups, measure
from zoo.timing.cells import Peer, SpeedCell, SpeedGrid
from zoo.timing.code import code_digest

__all__ = ["track", "zoo"]

STAND_IN = """
import json, os, sys, time
name = json.loads(sys.argv[1])["request"]["recipe"]
def tell(**said): print(json.dumps(said), flush=True)
def note(word): print(name, word, file=open(LOG, "a"))
if name == "mean": sys.exit("error: mean is broken")
note(f"begins with {os.environ['OMP_NUM_THREADS']} threads"); tell(); sys.stdin.readline(); tell(first=1.5)
for n, line in enumerate(sys.stdin):
    note(line.strip())
    if name == "spt": time.sleep(60)
    if line.strip() == "again": tell(seconds=n + 1.0, processor=2.0, others=0.5)
    else: tell(**END)
"""


def setting(**changes: object) -> Setting:
    known = {
        "device": "cpu",
        "threads": 1,
        "hardware": Hardware(cpu="c", cores=2),
        "code": "b" * 64,
        "commit": "",
        "torch": "2",
    }
    return Setting(**{**known, **changes})  # type: ignore[arg-type]


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Workers that only speak: what they are told goes to this file."""
    path = tmp_path / "log.txt"
    kept = {"phase", "peak", "macs", "parts", "parameters", "limits", "hardware", "versions"}
    end = {k: v for k, v in make_speed().model_dump(mode="json").items() if k in kept}
    code = STAND_IN.replace("spec, (log, told) =", "spec =").replace(', sys.argv[2:] or (sys.argv[-1], "")', "")
    monkeypatch.setattr(bench, "WORKER", (sys.executable, "-c", f"LOG, END = {str(path)!r}, {end!r}\n{code}"))
    return path


def cells(*recipes: str, **changes: object) -> list[SpeedCell]:
    known = {"recipes": recipes, "tracks": ["figures-64"], "variant": "full", "whats": ["forward"]}
    return SpeedGrid(**{**known, **changes}).cells(catalog())  # type: ignore[arg-type]


def test_what_is_compared_takes_turns(log: Path) -> None:
    found = measure(cells("copy", "scmnet"), setting(repeats=2, threads=3), lambda cell: None)
    turns = [f"{name} {word}" for word in ("again", "again", "end") for name in ("copy", "scmnet")]
    assert log.read_text().splitlines() == ["copy begins with 3 threads", "scmnet begins with 3 threads", *turns]
    first, second = (one.record for one in found)
    assert first and second and (first.subject.name, second.subject.name) == ("copy", "scmnet")
    assert (first.first, first.seconds.median, first.seconds.n, first.processor.median) == (1.5, 1.5, 2, 2.0)
    assert first.others == pytest.approx(1 / 3)


def test_repeats_end_with_the_time_for_them(log: Path) -> None:
    (one,) = measure(cells("copy"), setting(repeats=9, seconds=0), lambda cell: None)
    assert one.record and one.record.seconds.n == 1


def test_what_fails_or_takes_too_long_stops_nobody(log: Path) -> None:
    broken, slow, well = measure(cells("mean", "spt", "copy"), setting(repeats=1, limit=3), lambda cell: None)
    assert (broken.record, broken.error) == (None, "error: mean is broken")
    assert (slow.record, slow.error) == (None, "given up after 3 s")
    assert well.record and log.read_text().splitlines().count("spt again") == 1


def test_only_a_peer_is_held_in_memory_beside_others(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(ADAPTER)
    alone = cells("copy", "scmnet", batches=[1, 2])
    assert [len(group) for group in groups(alone)] == [1, 1, 1, 1]
    beside = cells("copy", "scmnet", batches=[1, 2], peers=[Peer(tmp_path / "a.py", "tiny")])
    assert [[cell.batch for cell in group] for group in groups(beside)] == [[1, 1, 1], [2, 2, 2]]


def test_what_trains_nothing_has_no_step() -> None:
    found = cells("copy", "scmnet", whats=["step", "forward", "gradient"])
    assert [cell.title for cell in found] == [
        "copy on figures-64: forward of 1", "scmnet on figures-64: forward of 1", "scmnet on figures-64: gradient of 1",
        "scmnet on figures-64: step of 1",
    ]  # fmt: skip


def test_code_that_changes_is_other_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "zoo_mine").mkdir()
    file = tmp_path / "zoo_mine" / "__init__.py"
    file.write_text("")
    installed = catalog()
    mine = type(installed.plugins[0])("mine", "zoo_mine", "mine", "1")
    more = type(installed)([*installed.plugins, mine], installed.components, installed.recipes, installed.tracks)
    first = code_digest(more)
    assert first == code_digest(more) != code_digest(installed)
    file.write_text("1")
    assert code_digest(more) != first


def test_from_the_command_to_the_records_and_the_board(zoo: Zoo, track: Path, tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("WIDTH = 4\n")
    (tmp_path / "theirs.py").write_text(ADAPTER)
    copy = (
        "bench",
        "speed",
        "--recipe",
        "copy",
        "--track",
        track.resolve(),
        "--what",
        "forward",
        "--repeats",
        2,
        "--threads",
        1,
    )
    both = (*copy, "--peer", f"{tmp_path / 'theirs.py'}:tiny", "--device", "cpu")
    planned = zoo(*both, "--dry-run")
    assert planned.code == 0 and planned.out.count("to do") == 2 and not Path("runs").exists()
    done = zoo(*both, "--json")
    assert done.code == 0, done.err
    ours, theirs = sorted(read_speeds([Path("runs/timings")]), key=lambda r: r.subject.name)
    assert [record["id"] for record in done.json] == [ours.id, theirs.id]
    assert (ours.subject.name, ours.subject.peer, ours.threads) == ("copy", False, 1) and "merge" in ours.parts
    assert (theirs.subject.name, theirs.subject.peer, theirs.macs) == ("theirs:tiny", True, 4 * 3 * 9 * 62 * 62)
    assert ours.seconds.n == theirs.seconds.n == 2
    again = zoo(*copy, "--device", "cpu")
    assert (again.code, again.err) == (0, "") and "copy" in again.out, "it has its record"
    page = leaderboard(results=["runs/timings"]).save("board.html").read_text()
    assert "<h2>Speed</h2>" in page and "theirs:tiny" in page


def test_what_could_not_be_timed_is_told(zoo: Zoo, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = zoo("bench", "speed", "--recipe", "mean,copy", "--what", "forward", "--device", "cpu", "--threads", 1)
    assert done.code == 1 and "mean on figures-64: forward of 1: error: mean is broken" in done.err
    assert done.out.count("copy") == 1 and "mean" not in done.out


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (("--what", "forwards"), "did you mean 'forward'"),
        (("--batch", "two"), "is no number"),
        (("--peer", "x.py:f"), "no file x.py"),
        (("--recipe", "scment"), "did you mean 'scmnet'"),
    ],
)
def test_a_wrong_call_is_told(zoo: Zoo, asked: tuple[str, ...], told: str) -> None:
    done = zoo("bench", "speed", *asked, "--dry-run")
    assert done.code == 2 and told in done.err
