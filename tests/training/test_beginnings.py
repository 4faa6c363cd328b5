"""Runs that begin alike share their first phases, and end with the bits that they would have had alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from zoo.documents.files import PHASES
from zoo.errors import ZooError
from zoo.recipes.beginnings import beginnings
from zoo.recipes.recipe import Recipe
from zoo.store.folder import CHECKPOINT, TIMES
from zoo.training.plan import Trained
from zoo.training.run import Run

from .parts import logged, phase, same, tiny_recipe, tiny_train

Train = Callable[..., Trained]
BEGUN = 10  # steps of the phase that the recipes share


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("zoo.training.journal.LOG_EVERY", 1)
    monkeypatch.setenv(PHASES, str(tmp_path / "shared"))
    return tmp_path / "shared"


def steps(folder: Path) -> list[int]:
    return [line["step"] for line in logged(folder)]


def alone(recipe: Recipe, folder: Path, monkeypatch: pytest.MonkeyPatch, **plan: Any) -> Trained:
    with monkeypatch.context() as patch:
        patch.delenv(PHASES)
        return tiny_train(recipe, folder, **plan)


@pytest.mark.parametrize(
    "other",
    [
        tiny_recipe(phases=[phase(tiny_recipe(), "whole"), phase(tiny_recipe(), "sharp", lr=0.05, train=["style"])]),
        tiny_recipe(phases=[phase(tiny_recipe(), "whole"), phase(tiny_recipe(), "sharp", losses=["adv"])]),
        tiny_recipe(losses={"rec": "tiny.rec", "adv": {"use": "tiny.adversary", "weight": 0.5}}),
    ],
    ids=["a later phase", "a later phase's losses", "the weight of a loss not heard yet"],
)
def test_what_differs_later_is_begun_with_and_not_a_bit_is_other(
    other: Recipe, tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = alone(other, tmp_path / "alone", monkeypatch)
    tiny_train(tiny_recipe(), tmp_path / "first")
    found = tiny_train(other, tmp_path / "second")
    assert steps(tmp_path / "second") == [*range(BEGUN + 1, 21)]
    assert same(found.weights, wanted.weights) and (found.steps, found.images_seen) == (wanted.steps, wanted.images_seen)


@pytest.mark.parametrize(
    ("recipe", "plan"),
    [
        ({"phases": [phase(tiny_recipe(), "whole", lr=0.02), phase(tiny_recipe(), "sharp")]}, {}),
        ({"phases": [phase(tiny_recipe(), "whole", share=3), phase(tiny_recipe(), "sharp")]}, {}),
        ({"losses": {"rec": {"use": "tiny.rec", "weight": 2.0}, "adv": {"use": "tiny.adversary", "weight": 0.1}}}, {}),
        ({"losses": {"adv": {"use": "tiny.adversary", "weight": 0.1}, "rec": "tiny.rec"}}, {}),
        ({"ema": 0.5}, {}),
        ({}, {"seed": 1}),
        ({}, {"batch": 1}),
        ({}, {"precision": "bf16"}),
        ({}, {"steps": 22}),
        ({}, {"identity": {"start": "other weights"}}),
    ],
    ids=lambda what: " ".join(what),
)
def test_what_differs_from_the_start_is_not(recipe: dict[str, Any], plan: dict[str, Any], tmp_path: Path, shared: Path) -> None:
    tiny_train(tiny_recipe(), tmp_path / "first")
    tiny_train(tiny_recipe(**recipe), tmp_path / "second", **plan)
    assert steps(tmp_path / "second")[0] == 1 and len(list(shared.iterdir())) == 2


def test_a_part_that_is_not_reached_may_differ() -> None:
    """Parts draw their parameters in the order of the spine: the generator's come last."""
    first = phase(tiny_recipe(), "whole", train=["merge"], until="merge")
    painter = {"use": "tiny.painter", "wear": ["some.wrapper"]}
    one, other = (tiny_recipe(phases=[first, phase(tiny_recipe(), "sharp")], **c) for c in ({}, {"generator": painter}))
    assert [b.digest for b in beginnings(one, 20)] == [b.digest for b in beginnings(other, 20)]
    assert beginnings(one, 20)[0].parts == ("pose", "style", "merge")
    trains = phase(tiny_recipe(), "whole", train=["merge", "generator"], until="merge")
    one, other = (tiny_recipe(phases=[trains, phase(tiny_recipe(), "sharp")], **c) for c in ({}, {"generator": painter}))
    assert beginnings(one, 20)[0].digest != beginnings(other, 20)[0].digest, "it was trained"


def test_the_seconds_that_a_beginning_took_count(tmp_path: Path, shared: Path) -> None:
    tiny_train(tiny_recipe(), tmp_path / "first")
    [taken] = shared.glob(f"*/{TIMES}")
    taken.write_text('{"train_seconds": 1000}')
    assert tiny_train(tiny_recipe(name="other"), tmp_path / "second").seconds > 1000


def test_a_machine_that_adds_otherwise_shares_nothing(tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_train(tiny_recipe(), tmp_path / "first")
    monkeypatch.setattr("zoo.training.beginnings.torch.get_num_threads", lambda: 97)
    tiny_train(tiny_recipe(ema=0.9, name="again"), tmp_path / "second")
    assert steps(tmp_path / "second")[0] == 1


@pytest.mark.parametrize("step", [BEGUN, 13])
def test_killed_after_it_began_with_them_it_goes_on(
    step: int, tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = alone(tiny_recipe(name="other"), tmp_path / "alone", monkeypatch)
    tiny_train(tiny_recipe(), tmp_path / "first")
    advance = Run.advance

    def dying(run: Run, *arguments: Any) -> Any:
        if run.step == step:
            run.whole = False  # as a kill, it leaves nothing
            raise MemoryError
        return advance(run, *arguments)

    with monkeypatch.context() as patch, pytest.raises(MemoryError):
        patch.setattr(Run, "advance", dying)
        tiny_train(tiny_recipe(name="other"), tmp_path / "second")
    assert not (tmp_path / "second" / CHECKPOINT).exists()
    assert same(tiny_train(tiny_recipe(name="other"), tmp_path / "second", resume=True).weights, wanted.weights)


@pytest.mark.parametrize("harm", [lambda file: file.write_bytes(b"{}"), lambda file: file.with_name("times.json").unlink()])
def test_a_damaged_one_is_told_and_trained_anew(
    harm: Callable[[Path], None],
    tmp_path: Path,
    shared: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    first = tiny_train(tiny_recipe(), tmp_path / "first")
    [kept] = shared.glob(f"*/{CHECKPOINT}")
    whole = kept.read_bytes()
    harm(kept)
    again = tiny_train(tiny_recipe(), tmp_path / "second")
    assert "warning: what is kept of phase whole is not taken" in capsys.readouterr().err
    assert same(first.weights, again.weights) and kept.read_bytes() == whole and steps(tmp_path / "second")[0] == 1


def test_where_nothing_can_be_kept_training_goes_on(tmp_path: Path, shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shared.write_text("in the way")
    assert tiny_train(tiny_recipe(), tmp_path / "first").steps == 20
    assert "cannot be kept" in capsys.readouterr().err


def test_unasked_nothing_is_kept(tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone(tiny_recipe(), tmp_path / "first", monkeypatch)
    assert not shared.exists()
    with pytest.raises(ZooError, match="there is a run in this folder"):
        alone(tiny_recipe(), tmp_path / "first", monkeypatch)
