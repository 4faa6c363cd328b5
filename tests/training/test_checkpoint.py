"""A checkpoint is taken over whole and by its own run, or refused: whatever is changed in it, nothing goes wrong in silence."""

import json
import resource
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from zoo.errors import ZooError
from zoo.interfaces import Context
from zoo.recipes.request import OFTEN, Every
from zoo.regions import vocabulary
from zoo.store.checkpoint import Checkpoint, loss_state
from zoo.store.folder import CHECKPOINT, TIMES
from zoo.store.tensors import read_tensors, write_tensors
from zoo.training.plan import Trained
from zoo.training.run import Run

from .parts import REGIONS, SIZE, Features, same, tiny_recipe, tiny_train

STEPS = 6  # three in each phase
Tensors = dict[str, Tensor]


def stopped(folder: Path, step: int = 5) -> Path:
    """A run whose last checkpoint is of `step`, within the phase with a critic."""
    advance = Run.advance

    def failing(run: Run, *arguments: Any) -> Any:
        if run.step == step:
            raise ZooError("a photo is broken")
        return advance(run, *arguments)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(ZooError, match="a photo is broken"):
        patch.setattr(Run, "advance", failing)
        tiny_train(tiny_recipe(), folder, steps=STEPS)
    return folder / CHECKPOINT


def resumed(folder: Path, **plan: Any) -> Trained:
    return tiny_train(tiny_recipe(), folder, steps=STEPS, resume=True, **plan)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Tensors:
    return tiny_train(tiny_recipe(), tmp_path_factory.mktemp("whole"), steps=STEPS).weights


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a stopped run, not to be touched."""
    return stopped(tmp_path_factory.mktemp("kept")).parent


@pytest.fixture(scope="module")
def copy(kept: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """A copy of it."""

    def make() -> Path:
        folder = tmp_path_factory.mktemp("copy")
        for name in (CHECKPOINT, TIMES):
            shutil.copy(kept / name, folder)
        return folder

    return make


def test_of_losses_only_what_training_changes_is_kept() -> None:
    frozen = Features(Context(size=SIZE, regions=vocabulary(REGIONS)))
    losses = nn.ModuleDict({"norm": nn.BatchNorm2d(2), "fixed": nn.Linear(2, 2).requires_grad_(False), "seen": frozen})
    assert loss_state(losses).keys() == {f"norm.{name}" for name in losses["norm"].state_dict()}


@pytest.mark.parametrize("step", range(1, STEPS))
def test_an_error_between_two_steps_loses_nothing(step: int, tmp_path: Path, whole: Tensors) -> None:
    stopped(tmp_path, step)
    assert json.loads(read_tensors(tmp_path / CHECKPOINT)[1]["zoo"])["step"] == step
    assert same(resumed(tmp_path).weights, whole)


def test_the_middle_of_a_step_is_not_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: Tensors) -> None:
    with monkeypatch.context() as patch, pytest.raises(MemoryError):
        patch.setattr("zoo.training.optimisation.Average.update", lambda *_: (_ for _ in ()).throw(MemoryError))
        tiny_train(tiny_recipe(), tmp_path, steps=STEPS)
    assert not (tmp_path / CHECKPOINT).exists()
    assert same(resumed(tmp_path).weights, whole)


def test_a_run_says_what_it_saved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stopped(tmp_path)
    assert "step 5 of 6 is saved: add --resume" in capsys.readouterr().err


RESHAPED: dict[str, Callable[[Tensors, str], object]] = {
    "a tensor is lost": lambda tensors, name: tensors.pop(name),
    "a group is lost": lambda tensors, name: [tensors.pop(n) for n in [*tensors] if n.split("/")[0] == name.split("/")[0]],
    "one too many": lambda tensors, name: tensors.update({f"{name}.more": torch.zeros(1)}),
    "one of no group": lambda tensors, name: tensors.update({"": torch.zeros(1)}),
    "another index": lambda tensors, name: tensors.update({"optimiser/x.step": tensors.pop(name)}),
    "another shape": lambda tensors, name: tensors.update({name: torch.zeros(*tensors[name].shape, 2)}),
    "another type": lambda tensors, name: tensors.update({name: tensors[name].to(torch.bfloat16)}),
}


@given(st.data())
@settings(max_examples=70)
def test_a_checkpoint_of_another_form_is_refused(copy: Callable[[], Path], data: st.DataObject) -> None:
    folder = copy()
    path = folder / CHECKPOINT
    tensors, metadata = read_tensors(path)
    RESHAPED[data.draw(st.sampled_from(sorted(RESHAPED)))](tensors, data.draw(st.sampled_from(sorted(tensors))))
    told = json.loads(metadata["zoo"])
    Checkpoint(tensors, told["step"], told["identity"]).save(path)  # sealed as a true one
    with pytest.raises(ZooError, match=r"checkpoint.safetensors does not fit the run: .*(missing|unexpected|expected)"):
        resumed(folder)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda x: st.lists(x, max_size=3),
    max_leaves=4,
)


@given(st.data())
@settings(max_examples=70)
def test_whatever_is_changed_is_refused_or_goes_on_exactly(
    copy: Callable[[], Path], whole: Tensors, data: st.DataObject
) -> None:
    folder = copy()
    tensors, metadata = read_tensors(folder / CHECKPOINT)
    told = json.loads(metadata["zoo"])
    place = data.draw(st.sampled_from(["value", "header", "identity", "no key", "text"]))
    if place == "value":
        name = data.draw(st.sampled_from(sorted(tensors)))
        tensors[name] = tensors[name] + 1
    elif place == "header":
        told[data.draw(st.sampled_from([*told, "more"]))] = data.draw(ANYTHING)
    elif place == "identity":
        told["identity"][data.draw(st.sampled_from([*told["identity"], "more"]))] = data.draw(ANYTHING)
    elif place == "no key":
        del told[data.draw(st.sampled_from(sorted(told)))]
    text = json.dumps(told) if place != "text" else data.draw(st.text(max_size=9) | st.just("[" * 5000) | st.just("9" * 5000))
    write_tensors(folder / CHECKPOINT, tensors, {"zoo": text})
    try:
        trained = resumed(folder)
    except ZooError:
        return
    assert place in ("header", "identity") and same(trained.weights, whole)


@pytest.mark.parametrize("step", [0, -1, 7, 999, 2**70])
def test_a_step_that_the_run_does_not_have(step: int, copy: Callable[[], Path]) -> None:
    path = copy() / CHECKPOINT
    tensors, metadata = read_tensors(path)
    try:
        Checkpoint(tensors, step, json.loads(metadata["zoo"])["identity"]).save(path)
    except ValueError:  # nothing of ours writes it
        told = {**json.loads(metadata["zoo"]), "step": step}
        write_tensors(path, tensors, {"zoo": json.dumps(told)})
    with pytest.raises(ZooError, match=f"is of step {step}, beyond the run's 6|not a checkpoint of this zoo"):
        resumed(path.parent)


@pytest.mark.parametrize("text", [None, b"", b"{}", b"[1]", b'{"train_seconds": "x"}', b'{"train_seconds": NaN}', b"\xff"])
def test_a_run_without_its_times_says_how_to_go_on(text: bytes | None, copy: Callable[[], Path], whole: Tensors) -> None:
    folder = copy()
    (folder / TIMES).unlink()
    if text is not None:
        (folder / TIMES).write_bytes(text)
    with pytest.raises(ZooError, match=r'write \{"train_seconds": 0\} into it'):
        resumed(folder)
    (folder / TIMES).write_text('{"train_seconds": 0}')
    assert same(resumed(folder).weights, whole)


def test_equal_runs_write_equal_checkpoints(tmp_path: Path) -> None:
    one, two = (stopped(tmp_path / name).read_bytes() for name in "ab")
    assert one == two and b"seconds" not in one[:4000]


@pytest.mark.parametrize("what", ["track", "data", "set of frozen nets"])
def test_another_arena_is_refused(what: str, copy: Callable[[], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    folder, plan = copy(), {"identity": {"track": "other"}} if what == "track" else {}
    if what == "data":
        monkeypatch.setattr("tests.training.parts.Noise.digest", lambda *_: "other")
    if what == "set of frozen nets":
        monkeypatch.setattr("tests.training.parts.Features.__init__", _other_net(Features.__init__))
    before = (folder / CHECKPOINT).read_bytes()
    with pytest.raises(ZooError, match=f"another {what}") as caught:
        resumed(folder, **plan)
    assert f"resume with the same {what}" in caught.value.fix and (folder / CHECKPOINT).read_bytes() == before


def _other_net(build: Any) -> Any:
    def init(self: Features, context: Any) -> None:
        build(self, context)
        self.net[0].weight.data += 1

    return init


@pytest.mark.parametrize(
    ("every", "steps"),
    [(Every(None, 0.0), [1, 2, 3, 4, 5, 6]), (Every(4, 1e9), [4, 6]), (Every(None, 1e9), [6]), (Every(1000, 1e9), [6])],
)
def test_checkpoints_come_by_steps_and_by_time(
    every: Every, steps: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved, save = [], Checkpoint.save
    monkeypatch.setattr(Checkpoint, "save", lambda self, path: (saved.append(self.step), save(self, path)))
    tiny_train(tiny_recipe(), tmp_path, steps=STEPS, every=every)
    assert saved == steps


def test_how_often_is_said_in_steps_or_seconds() -> None:
    assert (Every.parse("50"), Every.parse("60s")) == (Every(50, None), Every(None, 60))
    assert OFTEN.due(200, 0) and OFTEN.due(1, 120) and not OFTEN.due(199, 119)
    for text in ("0", "-5", "", "5m", "1e3", "s", "9" * 400):
        with pytest.raises(ZooError, match="neither a number of steps nor of seconds"):
            Every.parse(text)


def test_a_disk_that_cannot_hold_the_run_is_noticed_before_the_first_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = sum(tensor.nbytes for tensor in read_tensors(stopped(tmp_path / "sized"))[0].values())
    for free, fits in ((2 * size, False), (4 * size, True)):  # the next one is written beside the last
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: SimpleNamespace(free=free))
        with nullcontext() if fits else pytest.raises(ZooError, match="the disk is too full"):
            tiny_train(tiny_recipe(), tmp_path / str(free), steps=1)
        assert (tmp_path / str(free)).exists() == fits


def test_without_room_for_the_last_checkpoint_the_training_ends_well(
    tmp_path: Path, whole: Tensors, capsys: pytest.CaptureFixture[str]
) -> None:
    with largest_file(1000):
        trained = tiny_train(tiny_recipe(), tmp_path, steps=STEPS)
    assert same(trained.weights, whole) and not (tmp_path / CHECKPOINT).exists()
    assert "the training is done, but its last checkpoint is missing: could not write" in capsys.readouterr().err


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Inside, the system refuses to write more than `size` bytes into a file, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
