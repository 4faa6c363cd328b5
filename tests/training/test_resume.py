"""A run that is killed, stopped or out of disk goes on as if nothing had happened."""

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from zoo.errors import ZooError
from zoo.recipes.request import Every
from zoo.store.folder import CHECKPOINT
from zoo.store.tensors import read_tensors
from zoo.training.interruption import Interrupted
from zoo.training.plan import Trained
from zoo.training.run import Run

from .parts import logged, same, tiny_recipe, tiny_train

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return tiny_train(tiny_recipe(), tmp_path_factory.mktemp("unbroken"))


def run_child(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, timeout=120)


def steps_logged(folder: Path) -> list[int]:
    return [line["step"] for line in logged(folder)]


@pytest.mark.parametrize("step", [8, 10, 17])  # in the first phase, at the boundary, in the second with its critic
def test_killed_in_the_middle_of_an_epoch(
    step: int, tmp_path: Path, unbroken: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zoo.training.journal.LOG_EVERY", 1)
    if step == 17:
        assert run_child("tests.training.child", str(tmp_path), str(step), "SIGKILL").returncode == -signal.SIGKILL
    else:
        _die(tmp_path, step, monkeypatch)
    resumed = tiny_train(tiny_recipe(), tmp_path, resume=True)
    assert same(resumed.weights, unbroken.weights)
    assert (resumed.steps, resumed.images_seen) == (20, 40)


def _die(folder: Path, step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    advance = Run.advance

    def dying(run: Run, *arguments):  # type: ignore[no-untyped-def]
        if run.step == step:
            raise MemoryError
        return advance(run, *arguments)

    with monkeypatch.context() as patch, pytest.raises(MemoryError):
        patch.setattr(Run, "advance", dying)
        tiny_train(tiny_recipe(), folder, every=Every(5, None))
    steps = steps_logged(folder)
    tiny_train(tiny_recipe(), folder, resume=True)
    assert steps == list(range(1, step + 1))
    assert steps_logged(folder) == list(range(1, 21))


def test_sigterm_saves_and_exits_with_130(tmp_path: Path, unbroken: Trained) -> None:
    child = run_child("tests.training.child", str(tmp_path), "12", "SIGTERM")
    assert child.returncode == 130
    assert "resume=True" in child.stderr
    _, metadata = read_tensors(tmp_path / CHECKPOINT)
    assert json.loads(metadata["zoo"])["step"] == 13  # the step at hand was finished
    assert same(tiny_train(tiny_recipe(), tmp_path, resume=True).weights, unbroken.weights)


def test_ctrl_c_gives_the_handlers_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    advance, before = Run.advance, signal.getsignal(signal.SIGINT)

    def pressed(run: Run, *arguments):  # type: ignore[no-untyped-def]
        os.kill(os.getpid(), signal.SIGINT)
        return advance(run, *arguments)

    monkeypatch.setattr(Run, "advance", pressed)
    with pytest.raises(Interrupted) as caught:
        tiny_train(tiny_recipe(), tmp_path)
    assert caught.value.exit_code == 130
    assert signal.getsignal(signal.SIGINT) is before
    assert (tmp_path / CHECKPOINT).exists()


def test_full_disk_leaves_the_previous_checkpoint(tmp_path: Path, unbroken: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) > 2:  # the times and the checkpoint of step 6
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch, pytest.raises(ZooError, match="No space left"):
        patch.setattr(os, "fsync", full)
        tiny_train(tiny_recipe(), tmp_path, every=Every(6, None))
    assert not list(tmp_path.glob(".*.tmp"))
    _, metadata = read_tensors(tmp_path / CHECKPOINT)
    assert json.loads(metadata["zoo"])["step"] == 6
    assert same(tiny_train(tiny_recipe(), tmp_path, resume=True).weights, unbroken.weights)


def test_resume_of_nothing_starts_and_of_a_finished_run_returns(tmp_path: Path, unbroken: Trained) -> None:
    assert same(tiny_train(tiny_recipe(), tmp_path, resume=True).weights, unbroken.weights)
    again = tiny_train(tiny_recipe(), tmp_path, resume=True)
    assert same(again.weights, unbroken.weights)
    assert again.steps == 20


@pytest.mark.parametrize(
    ("changes", "plan", "what"),
    [({"ema": 0.5}, {}, "recipe"), ({}, {"seed": 1}, "seed"), ({}, {"batch": 3}, "batch"), ({}, {"steps": 30}, "steps")],
)
def test_another_run_is_refused(changes: dict[str, float], plan: dict[str, int], what: str, tmp_path: Path) -> None:
    tiny_train(tiny_recipe(), tmp_path, steps=20)
    with pytest.raises(ZooError, match=f"another {what}"):
        tiny_train(tiny_recipe(**changes), tmp_path, resume=True, **plan)


def test_a_run_is_not_overwritten(tmp_path: Path) -> None:
    tiny_train(tiny_recipe(), tmp_path, steps=2)
    content = (tmp_path / CHECKPOINT).read_bytes()
    with pytest.raises(ZooError, match="resume=True"):
        tiny_train(tiny_recipe(), tmp_path, steps=2)
    assert (tmp_path / CHECKPOINT).read_bytes() == content


def test_damaged_checkpoint(tmp_path: Path) -> None:
    tiny_train(tiny_recipe(), tmp_path, steps=2)
    content = (tmp_path / CHECKPOINT).read_bytes()
    (tmp_path / CHECKPOINT).write_bytes(content[:-100])
    with pytest.raises(ZooError, match="damaged"):
        tiny_train(tiny_recipe(), tmp_path, steps=2, resume=True)
