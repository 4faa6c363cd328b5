"""Trackers and samples are told of a training, and never change it."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import pytest
import torch
from PIL import Image

from tests.cli.conftest import Zoo, track, zoo
from zoo.errors import ZooError
from zoo.model import Kit
from zoo.ops.batch import shared, total
from zoo.recipes.track import Track
from zoo.scoring.watching import painter
from zoo.store.folder import SAMPLES, TENSORBOARD
from zoo.training.loop import train
from zoo.training.plan import Plan, Trained
from zoo.training.tracking import Telling, require_tracker

from .parts import Noise, same, tiny_catalog, tiny_kit, tiny_recipe

__all__ = ["track", "zoo"]  # fixtures
SETTINGS = {"recipe": "tiny", "seed": 0}
UNPAIRED = cast(Track, SimpleNamespace(protocol="unpaired-v1"))


class Pairs(Noise):
    """Two test pairs."""

    def pairs(self, split: str) -> list[tuple[int, int]]:
        return [(0, 1), (1, 0)]


def told(folder: Path, tracker: str | None, every: int | None = None, **plan: Any) -> Trained:
    """Train the tiny recipe, whose model drops out and normalises batches."""
    recipe = tiny_recipe()
    kit, losses = tiny_kit(recipe)
    kit = Kit(kit.model, Pairs(), kit.context, None)
    telling = Telling(tracker, SETTINGS, every, painter(kit, UNPAIRED, folder))  # type: ignore[arg-type]
    return train(recipe, kit, losses, Plan(folder, **{"steps": 40, "batch": 2, "telling": telling, **plan}), tiny_catalog())


def events(folder: Path) -> Any:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = EventAccumulator(str(folder / TENSORBOARD), size_guidance={"images": 0})
    found.Reload()
    return found


def test_tensorboard_reads_back_what_was_told_and_the_weights_are_the_same(tmp_path: Path) -> None:
    plain, watched = told(tmp_path / "plain", None), told(tmp_path / "watched", "tensorboard", every=15)
    assert same(plain.weights, watched.weights), "bit for bit"
    found = events(tmp_path / "watched")
    assert {"loss/total", "loss/rec", "loss/critic.adv", "lr", "images_per_second", "wait"} <= {*found.Tags()["scalars"]}
    assert [event.step for event in found.Scalars("loss/total")] == [1, 20, 40]
    assert [event.step for event in found.Images("samples")] == [15, 30, 40]
    pictures = sorted(path.name for path in (tmp_path / "watched" / SAMPLES).iterdir())
    assert pictures == ["step-000015.png", "step-000030.png", "step-000040.png"]
    with Image.open(tmp_path / "watched" / SAMPLES / pictures[0]) as picture:
        assert picture.size == (4 * 128 + 3 * 4, 2 * 128 + 4)
    assert not [*(tmp_path / "plain").glob("*/*")], "nobody asked"


def test_a_resumed_run_goes_on_in_its_events(tmp_path: Path) -> None:
    told(tmp_path, "tensorboard")
    told(tmp_path, "tensorboard", resume=True)
    assert [event.step for event in events(tmp_path).Scalars("loss/total")] == [1, 20, 40]


class StandIn(ModuleType):
    """What Accelerate calls of trackio, W&B and MLflow, noted down."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.heard: list[tuple[str, Any]] = []
        self.config = SimpleNamespace(update=self.noting("settings"))
        self.Image = lambda pixels: ("picture", pixels.shape)
        run = SimpleNamespace(log=self.noting("log"), finish=self.noting("finish"))
        self.init = lambda **given: self.heard.append(("init", given)) or run
        self.search_experiments = lambda **given: []
        self.create_experiment = self.noting("init")
        self.start_run, self.end_run = self.noting("start"), self.noting("finish")
        self.utils = SimpleNamespace(validation=SimpleNamespace(MAX_PARAM_VAL_LENGTH=500, MAX_PARAMS_TAGS_PER_BATCH=100))
        self.log_params, self.log_metrics = self.noting("settings"), self.noting("log")
        self.log_artifact = lambda local_path, artifact_path: self.heard.append(("picture", Path(local_path).name))
        self.__spec__ = cast(Any, SimpleNamespace())

    def noting(self, what: str) -> Callable[..., None]:
        def note(values: Any = None, step: int | None = None, **more: Any) -> None:
            self.heard.append((what, (values or more, step)))

        return note


@pytest.mark.parametrize("name", ["trackio", "wandb", "mlflow"])
def test_others_are_told_the_same(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = StandIn(name)
    monkeypatch.setitem(sys.modules, name, there)
    told(tmp_path, name, every=40)
    heard = [what for what, _ in there.heard]
    assert heard[0] == "init" and heard[-1] == "finish" and ("settings", (SETTINGS, None)) in there.heard
    steps = [step for what, (values, step) in ((w, v) for w, v in there.heard if w == "log") if "loss/total" in values]
    assert steps == [1, 20, 40]
    shown = [v for w, v in there.heard if w == "picture" or (w == "log" and "samples" in v[0])]
    assert len(shown) == 1 and ("step-000040.png" in shown or "(260, 524, 3)" in str(shown))


def test_a_tracker_that_fails_ends_no_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    there = StandIn("wandb")
    monkeypatch.setitem(sys.modules, "wandb", there)
    there.init = lambda **given: SimpleNamespace(log=lambda *a, **k: 1 / 0, finish=lambda: 1 / 0)  # type: ignore[assignment]
    assert same(told(tmp_path / "a", "wandb").weights, told(tmp_path / "b", None).weights)
    assert capsys.readouterr().err.count("wandb is told no more, training goes on: division by zero") == 1
    there.init = lambda **given: 1 / 0  # type: ignore[assignment]
    with pytest.raises(ZooError, match="wandb does not work: division by zero"):
        told(tmp_path / "c", "wandb")


def test_one_of_several_processes_paints_alone(tmp_path: Path) -> None:
    recipe = tiny_recipe()
    kit, _ = tiny_kit(recipe)
    kit.model.merge.register_forward_hook(lambda *given: total(torch.ones(1)) and None)  # waits for all processes
    with shared(0, 2), pytest.raises(ValueError, match="process group"):
        total(torch.ones(1))
    with shared(0, 2):
        assert painter(Kit(kit.model, Pairs(), kit.context, None), UNPAIRED, tmp_path)(1)


def test_painting_is_no_part_of_the_seconds_of_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zoo.training.journal.Journal.show", lambda journal, step: 1000.0)
    assert told(tmp_path, None).seconds < 0


def test_samples_that_cannot_be_painted_end_no_training(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / SAMPLES).write_text("a file is in the way")
    assert told(tmp_path, None, every=20).steps == 40
    assert "no samples of step 20" in capsys.readouterr().err


def test_a_package_that_is_not_there_is_named_with_its_install(zoo: Zoo, track: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zoo.training.tracking.find_spec", lambda name: None)
    done = zoo("train", "--recipe", "mean", "--track", track, "--track-with", "wandb")
    assert done.code == 2 and "pip install wandb" in done.err and not Path("runs").exists()
    with pytest.raises(ZooError, match="tensorboard is not installed") as error:
        require_tracker("tensorboard")
    assert "pip install 'posezoo[track]'" in error.value.fix


def test_the_commands_take_them_and_the_weights_are_the_same(zoo: Zoo, track: Path) -> None:
    ask = ["train", "--recipe", "mean", "--track", track, "--json"]
    plain = zoo(*ask, "--out", "plain")
    watched = zoo(*ask, "--out", "watched", "--samples-every", "1", "--track-with", "tensorboard")
    assert watched.code == 0, watched.err
    assert plain.json["sha256"] == watched.json["sha256"]
    assert len([*Path("watched", SAMPLES).glob("*.png")]) == 2 and [*Path("watched", TENSORBOARD).iterdir()]
    assert zoo(*ask, "--out", "watched", "--force").code == 0 and not Path("watched", SAMPLES).exists()
    for wrong in (["--track-with", "tensorbord"], ["--samples-every", "0"]):
        assert zoo(*ask, "--out", "other", *wrong).code == 2
    idle = zoo("run", "--recipe", "mean", "--track", track, "--samples-every", "1")
    assert idle.code == 2 and "--samples-every is about training" in idle.err
