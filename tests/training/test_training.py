"""What a run trains, tells and refuses."""

import json
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Literal

import pytest
import torch
from torch import Tensor, nn

from zoo.errors import ZooError
from zoo.recipes.catalog import Shelf
from zoo.store.folder import CHECKPOINT
from zoo.store.tensors import read_tensors
from zoo.training.journal import Journal
from zoo.training.loop import train
from zoo.training.plan import Plan, start_accelerator
from zoo.training.prefetching import prefetched
from zoo.training.run import step_seed

from .parts import Epochs, phase, same, tiny_catalog, tiny_kit, tiny_recipe, tiny_train


def state(module: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in module.state_dict().items()}


def test_a_phase_trains_its_parts_and_nothing_else(tmp_path: Path) -> None:
    recipe = tiny_recipe(phases=[phase(tiny_recipe(), "sharp")], ema=0.0)
    kit, losses = tiny_kit(recipe)
    before, features = state(kit.model), state(losses["adv"].features)
    train(recipe, kit, losses, Plan(tmp_path, steps=4, batch=2), tiny_catalog())
    after = kit.model.state_dict()
    changed = {name.split(".")[0] for name in after if not torch.equal(after[name], before[name])}
    assert changed == {"merge", "generator"}  # not even the encoder's running statistics
    assert torch.equal(after["generator.idle.weight"], before["generator.idle.weight"])
    assert same(state(losses["adv"].features), features)


def test_a_phase_freezes_modules_inside_its_parts(tmp_path: Path) -> None:
    freeze = ["style.net.1", "merge.net"]
    recipe = tiny_recipe(phases=[phase(tiny_recipe(), "whole", freeze=freeze)], ema=0.0)
    kit, losses = tiny_kit(recipe)
    before = state(kit.model)
    train(recipe, kit, losses, Plan(tmp_path, steps=2, batch=2), tiny_catalog())
    after = kit.model.state_dict()
    changed = {".".join(n.split(".")[:3]) for n in after if not torch.equal(after[n], before[n])}
    assert changed == {"style.net.0", "generator.net.weight", "generator.net.bias"}  # nor the batch norm's running statistics
    assert all(p.requires_grad for p in kit.model.parameters())


def test_gradients_reach_a_part_through_frozen_ones(tmp_path: Path) -> None:
    recipe = tiny_recipe(phases=[phase(tiny_recipe(), "whole", train=["style"])], ema=0.0)
    kit, losses = tiny_kit(recipe)
    before = state(kit.model)
    train(recipe, kit, losses, Plan(tmp_path, steps=2, batch=2), tiny_catalog())
    after = kit.model.state_dict()
    assert {n.split(".")[0] for n in after if not torch.equal(after[n], before[n])} == {"style"}
    assert all(p.requires_grad for p in kit.model.parameters())


def test_a_critic_is_trained_by_its_critic_loss_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def weight(folder: str) -> Tensor:
        kit, losses = tiny_kit(recipe)
        train(recipe, kit, losses, Plan(tmp_path / folder, steps=3, batch=2), tiny_catalog())
        return losses["adv"].net.parametrizations.weight.original.detach()

    recipe = tiny_recipe(phases=[phase(tiny_recipe(), "sharp")])
    start = tiny_kit(recipe)[1]["adv"].net.parametrizations.weight.original
    assert not torch.equal(weight("with"), start)
    monkeypatch.setattr("tests.training.parts.Adversary.critic", lambda self, outcome: None)
    assert torch.equal(weight("without"), start)


def test_the_checkpoint_leaves_frozen_nets_out(tmp_path: Path) -> None:
    tiny_train(tiny_recipe(), tmp_path)
    tensors, _ = read_tensors(tmp_path / CHECKPOINT)
    kept = {name for name in tensors if name.startswith("losses/")}
    assert any("net.parametrizations.weight.original" in name for name in kept)
    assert any("._u" in name for name in kept)  # the buffers of spectral norm
    assert not any("features" in name for name in kept)


def test_the_model_ends_with_the_average(tmp_path: Path) -> None:
    recipe = tiny_recipe()
    kit, losses = tiny_kit(recipe)
    trained = train(recipe, kit, losses, Plan(tmp_path, steps=6, batch=2), tiny_catalog())
    assert same(trained.weights, state(kit.model))
    assert not kit.model.training
    assert Epochs.prepared.count(tmp_path) == len(recipe.phases)
    assert not same(trained.weights, tiny_train(tiny_recipe(ema=0.0), tmp_path / "plain", steps=6).weights)


def test_a_run_is_a_function_of_its_seed(tmp_path: Path) -> None:
    one, two, other = (tiny_train(tiny_recipe(), tmp_path / str(i), steps=4, seed=seed) for i, seed in enumerate((0, 0, 1)))
    assert same(one.weights, two.weights)
    assert not same(one.weights, other.weights)


def test_bf16_runs_and_keeps_fp32_weights(tmp_path: Path) -> None:
    half = tiny_train(tiny_recipe(), tmp_path / "half", steps=4, precision="bf16").weights
    full = tiny_train(tiny_recipe(), tmp_path / "full", steps=4).weights
    assert not same(half, full)
    for name in full:
        assert half[name].dtype == full[name].dtype
        torch.testing.assert_close(half[name], full[name], rtol=0.1, atol=0.1)


@pytest.mark.parametrize("precision", ["no", "bf16"])
def test_the_nets_that_losses_look_through_are_as_precise_as_the_model(
    tmp_path: Path, precision: Literal["no", "bf16"]
) -> None:
    kit, losses = tiny_kit(tiny_recipe())
    seen: set[torch.dtype] = set()
    losses["adv"].features.net[0].register_forward_hook(lambda module, given, found: seen.add(found.dtype))
    train(tiny_recipe(), kit, losses, Plan(tmp_path, steps=4, batch=2, precision=precision), tiny_catalog())
    assert seen == {torch.float32 if precision == "no" else torch.bfloat16}


def test_a_loss_that_is_not_finite_is_named(tmp_path: Path) -> None:
    recipe = tiny_recipe()
    tiny_train(recipe, tmp_path / "good", steps=2)
    poisoned = tiny_recipe(losses={"rec": {"use": "tiny.rec", "poison": True}, "adv": {"use": "tiny.adversary", "weight": 0.1}})
    with pytest.raises(ZooError, match="loss rec is inf at step 1"):
        tiny_train(poisoned, tmp_path / "bad", steps=2)
    assert not list((tmp_path / "bad").glob("checkpoint*"))


def test_a_phase_without_anything_to_learn_is_refused(tmp_path: Path) -> None:
    silent = tiny_recipe(losses={"rec": {"use": "tiny.rec", "weight": 0.0}, "adv": {"use": "tiny.adversary", "weight": 0.1}})
    with pytest.raises(ZooError, match="'whole' has nothing to learn"):
        tiny_train(silent, tmp_path / "silent")
    with pytest.raises(ZooError, match="nothing to learn"):
        tiny_train(tiny_recipe(phases=[phase(tiny_recipe(), "whole", train=["pose"])]), tmp_path / "pose")


def test_nothing_to_train_is_fine(tmp_path: Path) -> None:
    recipe = tiny_recipe(phases=[])
    trained = tiny_train(recipe, tmp_path)
    assert (trained.steps, trained.images_seen) == (0, 0)
    assert same(trained.weights, state(tiny_kit(recipe)[0].model))


def test_the_log(tmp_path: Path) -> None:
    tiny_train(tiny_recipe(), tmp_path, steps=50)
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 20, 40, 50]
    assert [line["phase"] for line in lines] == ["whole", "whole", "sharp", "sharp"]
    assert set(lines[0]["losses"]) == {"rec", "total"}
    assert set(lines[3]["losses"]) == {"rec", "adv", "total", "critic.adv"}
    assert lines[3]["losses"]["total"] == pytest.approx(lines[3]["losses"]["rec"] + 0.1 * lines[3]["losses"]["adv"])
    assert all(line["images_per_second"] > 0 and line["seconds"] > 0 and line["lr"] > 0 for line in lines)


def test_the_log_says_what_share_of_the_time_was_waited_for_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 4.0, 14.0])  # when the journal begins, at step 1, at step 20
    monkeypatch.setattr("zoo.training.journal.time", SimpleNamespace(perf_counter=lambda: next(clock)))
    with Journal(tmp_path, done=0, total=100, batch=2) as journal:
        for step in range(1, 21):
            journal.note(step, "whole", {"total": 1.0}, 0.1, 0.0, waited=3.0 if step == 1 else 0.25)
    assert [json.loads(line)["wait"] for line in (tmp_path / "log.jsonl").read_text().splitlines()] == [0.75, 0.475]


def test_a_batch_that_comes_late_is_waited_for() -> None:
    late, ready = threading.Event(), threading.Event()
    batches = prefetched(lambda step: (late if step == 0 else ready).wait(9), range(2))  # type: ignore[arg-type,return-value]
    threading.Timer(0.1, late.set).start()
    waits = [next(batches)[1]]
    ready.set()
    time.sleep(0.05)  # a step, in which the second batch arrives
    waits.append(next(batches)[1])
    assert waits[0] > 0.05 > waits[1]


def test_a_device_that_is_not_there_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ZooError, match="device cuda was asked for"):
        start_accelerator(Plan(tmp_path, steps=1, batch=1, device="cuda"))


def test_an_unknown_pairing_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    recipe = tiny_recipe()
    kit, losses = tiny_kit(recipe)
    catalog = tiny_catalog()
    catalog.components["pairing"] = Shelf("pairing")
    with pytest.raises(ZooError, match="unknown pairing"):
        train(recipe, kit, losses, Plan(tmp_path / "run", steps=2, batch=2), catalog)
    assert not (tmp_path / "run").exists()


def test_step_seeds_differ() -> None:
    seeds = {step_seed(seed, step) for seed in range(5) for step in range(100)}
    assert len(seeds) == 500
    assert all(0 <= seed < 2**32 for seed in seeds)


def test_batches_arrive_in_order_and_faults_surface() -> None:
    def load(step: int) -> int:
        if step == 5:
            raise ZooError("broken image")
        return step

    assert [batch for batch, _ in prefetched(load, range(2, 5))] == [2, 3, 4]  # type: ignore[arg-type]
    with pytest.raises(ZooError, match="broken image"):
        list(prefetched(load, range(2, 7)))  # type: ignore[arg-type]
