"""A run's folder: one process at a time, nothing overwritten unasked, and what stands in the way said at once."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.conftest import Done, Zoo
from zoo.errors import ZooError
from zoo.store.folder import CHECKPOINT, LOCK, RECORD, WEIGHTS, busy, clear, occupied

Call = Callable[..., Done]
AT_WORK = """
from pathlib import Path
from zoo.store.folder import occupied
with occupied(Path("run")):
    print("in", flush=True)
    input()
"""


@pytest.fixture
def train(zoo: Zoo, track: Path) -> Call:
    def call(*more: object, out: str = "run", recipe: str = "mean") -> Done:
        return zoo("train", "--recipe", recipe, "--track", track, "--out", out, *more)

    return call


@pytest.fixture
def score(zoo: Zoo, track: Path) -> Call:
    def call(*more: object, out: str = "run", recipe: str = "copy") -> Done:
        return zoo("run", "--recipe", recipe, "--track", track, "--out", out, *more)

    return call


def content(folder: str) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in Path(folder).rglob("*") if p.is_file() and p.name != LOCK}


def test_two_processes_in_one_folder(train: Call, score: Call) -> None:
    other = subprocess.Popen([sys.executable, "-c", AT_WORK], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout is not None and other.stdout.readline() == "in\n"
    for done in (train(), score()):
        assert done.code == 2 and f"process {other.pid} on {socket.gethostname()} is at work in this folder" in done.err
    other.kill()
    other.wait()
    assert train().code == 0, "a dead process is in nobody's way"


def test_one_process_may_work_in_several_folders_and_again_in_one(tmp_path: Path) -> None:
    one, again, other = (occupied(tmp_path / name) for name in "aab")
    with one, other, pytest.raises(ZooError, match=f"process {os.getpid()} on"):
        assert busy(tmp_path / "a")
        again.__enter__()
    assert not busy(tmp_path / "a")
    with occupied(tmp_path / "a"):
        pass


def test_what_a_run_leaves_is_cleared_and_nothing_else(tmp_path: Path) -> None:
    left = ("checkpoint.safetensors", "weights.safetensors", "recipe.toml", "track.toml", "times.json", "log.jsonl")
    for name in (*left, "record.txt", "pictures.json", "report.html", "mine.txt", "samples/a", "tensorboard/b", "results/c"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    clear(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.txt", "results"]


def test_however_often_it_changes_hands_a_folder_is_one_process_s(tmp_path: Path) -> None:
    inside, most, turns = [], [], []

    def work(_: int) -> None:
        for _ in range(60):
            with suppress(ZooError), occupied(tmp_path / "run"):
                inside.append(1)
                most.append(len(inside))
                turns.append(inside.pop())

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert set(most) == {1} and turns


@pytest.mark.parametrize("lost", [[], [CHECKPOINT], [CHECKPOINT, WEIGHTS]])
def test_a_trained_run_is_begun_anew_by_force_only(train: Call, score: Call, lost: list[str]) -> None:
    assert train("--steps", 2).code == 0
    if WEIGHTS in lost:  # what is left are its scores
        assert score("--weights", f"run/{WEIGHTS}", recipe="mean").code == 0
    for name in lost:
        Path("run", name).unlink()
    before = content("run")
    refused = [train("--steps", 3), *([train("--steps", 2, "--resume")] if lost else [])]
    for done in refused:
        assert done.code == 2 and "there is a run in this folder already" in done.err and "--force" in done.err
    assert content("run") == before
    forced = train("--steps", 3, "--force", "--json")
    assert forced.code == 0 and forced.json["steps"] == 3 and not Path("run", RECORD).exists()


def test_a_finished_run_resumes_into_the_same_files(train: Call) -> None:
    train("--steps", 2)
    before = {name: Path("run", name).read_bytes() for name in (CHECKPOINT, WEIGHTS)}
    assert train("--steps", 2, "--resume").code == 0
    assert {name: Path("run", name).read_bytes() for name in before} == before


def test_weights_of_another_run_stay_when_a_run_goes_on(train: Call) -> None:
    assert train("--steps", 2).code == 0 and train("--steps", 2, "--seed", 1, out="other").code == 0
    Path("other", WEIGHTS).replace(Path("run", WEIGHTS))
    before = content("run")
    done = train("--steps", 2, "--resume")
    assert done.code == 2 and f"{WEIGHTS} is of another training" in done.err and content("run") == before


def test_a_run_goes_on_from_the_weights_that_it_began_with(train: Call) -> None:
    for out, seed in (("one", 1), ("two", 2)):
        assert train("--seed", seed, out=out).code == 0
    assert train("--init-from", f"one/{WEIGHTS}").code == 0
    other = train("--init-from", f"two/{WEIGHTS}", "--resume")
    assert other.code == 2 and "the run in this folder has another start" in other.err
    assert train("--init-from", f"one/{WEIGHTS}", "--resume").code == 0


def test_scores_of_another_run_stay(train: Call, score: Call) -> None:
    assert score().code == 0 and score().code == 0, "the same run may be scored again"
    before = content("run")
    other = score("--seed", 1)
    assert other.code == 2 and "the scores of a run of another seed in this folder" in other.err
    assert train().code == 2 and content("run") == before
    assert score("--seed", 1, "--force").code == 0 and content("run") != before


def test_weights_of_one_s_own_are_told_apart(train: Call, score: Call) -> None:
    for out, seed in (("one", 0), ("two", 1)):
        assert train("--seed", seed, out=out).code == 0
    assert score("--weights", f"one/{WEIGHTS}", recipe="mean").code == 0
    other = score("--weights", f"two/{WEIGHTS}", recipe="mean")
    assert other.code == 2 and "the scores of a run of another seed" in other.err


def test_a_page_of_somebody_s_own_stays(score: Call) -> None:
    Path("run").mkdir()
    Path("run/report.html").write_text("my thesis")
    done = score()
    assert done.code == 2 and "a report.html of something else" in done.err
    assert Path("run/report.html").read_text() == "my thesis"


def test_a_file_in_the_place_of_the_folder(train: Call, score: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("training", "scoring"):
        monkeypatch.setattr(
            f"zoo.running.{module}.build", lambda *_, **__: pytest.fail("built before the folder was looked at")
        )
    Path("run").write_text("precious")
    for done in (train(), score()):
        assert done.code == 1 and "a file is in the way" in done.err and "Traceback" not in done.err
    assert Path("run").read_text() == "precious"


def test_what_killed_writers_left_goes(train: Call) -> None:
    Path("run").mkdir()
    Path(f"run/.{CHECKPOINT}.abcd1234.tmp").write_text("half")
    assert train().code == 0 and not list(Path("run").glob(".*.tmp"))


def test_how_often_checkpoints_are_written(train: Call, score: Call) -> None:
    assert train("--checkpoint-every", "1").code == 0
    wrong = train("--checkpoint-every", "often")
    assert wrong.code == 2 and "'often' is neither a number of steps nor of seconds" in wrong.err
    assert "--checkpoint-every is about training" in score("--checkpoint-every", "60s", out="other").err


@pytest.mark.parametrize("module", ["typer", "pydantic", "torch"])
def test_an_interrupt_while_modules_are_on_their_way_in_is_one_line(module: str, track: Path) -> None:
    pressed = f"""
import os, signal, sys
class Pressing:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Pressing())
sys.argv = ["zoo", "run", "--recipe", "copy", "--track", {str(track)!r}]
from zoo.__main__ import main
main()
"""
    done = subprocess.run([sys.executable, "-c", pressed], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr, done.stdout) == (130, "interrupted\n", "")
