"""What a run trains, tells and refuses."""

import threading
import time
from dataclasses import replace
from itertools import count
from math import nan
from pathlib import Path
from types import SimpleNamespace
from typing import Literal

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from zoo.errors import ZooError
from zoo.model import build_losses, build_model
from zoo.recipes.catalog import Shelf
from zoo.recipes.request import Every
from zoo.store.folder import CHECKPOINT
from zoo.store.tensors import read_tensors
from zoo.training.journal import Journal
from zoo.training.loop import train
from zoo.training.plan import Plan, start_accelerator
from zoo.training.prefetching import prefetched
from zoo.training.run import step_seed

from .parts import REGIONS, Epochs, logged, phase, same, tiny_catalog, tiny_kit, tiny_recipe, tiny_train


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


def critics_step(folder: Path, weight: float = 0.1, **changes: object) -> Tensor:
    """What the first step of plain gradient descent adds to the critic's weights."""
    sharp = phase(tiny_recipe(), "sharp", optimiser="sgd", betas=(0.0, 0.9), **{"critic_lr": 0.1, **changes})
    recipe = tiny_recipe(phases=[sharp], losses={"rec": "tiny.rec", "adv": {"use": "tiny.adversary", "weight": weight}})
    kit, losses = tiny_kit(recipe)
    weights = losses["adv"].net.parametrizations.weight.original
    before = weights.detach().clone()
    train(recipe, kit, losses, Plan(folder, steps=1, batch=2), tiny_catalog())
    return weights.detach() - before


@pytest.mark.parametrize(
    ("changes", "times"), [({"critic_lr": 0.2}, 2), ({"lr": 0.5}, 1), ({"warmup": 3}, 0.25), ({"weight": 9.0}, 1)], ids=str
)
def test_a_critic_steps_at_its_own_rate_as_the_schedule_has_it_and_hears_nothing_of_the_models_loss(
    changes: dict[str, float], times: float, tmp_path: Path
) -> None:
    plain, found = critics_step(tmp_path / "plain", clip=None), critics_step(tmp_path / "other", clip=None, **changes)
    assert plain.abs().max() > 1e-3
    torch.testing.assert_close(found, times * plain, rtol=1e-3, atol=1e-6)


def test_a_phase_says_how_far_the_forward_goes_and_what_the_later_parts_are_fed(tmp_path: Path) -> None:
    asked = {"until": "cycle", "parsing": "soft"}
    recipe = tiny_recipe(phases=[phase(tiny_recipe(), "whole"), phase(tiny_recipe(), "sharp", **asked)])
    kit, losses = tiny_kit(recipe)
    heard: list[dict[str, object]] = []
    kit.model.register_forward_pre_hook(lambda model, given, told: heard.append(told), with_kwargs=True)
    train(recipe, kit, losses, Plan(tmp_path, steps=2, batch=2), tiny_catalog())
    assert heard == [{"until": "image", "parsing": "predicted", "learns": True}, {**asked, "learns": True}]


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


def test_parts_and_losses_are_drawn_by_the_seed_and_leave_the_callers_random_state_alone() -> None:
    recipe, catalog = tiny_recipe(), tiny_catalog()

    def drawn(seed: int) -> dict[str, Tensor]:
        kit, _ = tiny_kit(recipe)
        context = replace(kit.context, seed=seed)
        before = torch.get_rng_state()
        model = build_model(recipe, context, REGIONS, catalog)
        losses = build_losses(recipe, replace(kit, context=context), catalog)
        assert torch.equal(torch.get_rng_state(), before)
        return {"part": model.style.net[0].weight, "critic": losses["adv"].net.parametrizations.weight.original}

    assert same(drawn(0), drawn(0))
    assert not any(torch.equal(one, other) for one, other in zip(drawn(0).values(), drawn(1).values(), strict=True))


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


@pytest.mark.parametrize(("part", "told"), [("generator", "the gradient"), ("adv", "the critics' gradient")])
@pytest.mark.parametrize("clip", ["none", 1.0])
def test_a_gradient_that_is_not_finite_spoils_no_checkpoint(part: str, told: str, clip: object, tmp_path: Path) -> None:
    """The losses of that step are finite, and its checkpoint is due."""
    recipe = tiny_recipe(phases=[phase(tiny_recipe(), "sharp", clip=clip)])
    kit, losses = tiny_kit(recipe)
    weight = next((kit.model.generator if part == "generator" else losses[part].net).parameters())
    passes = count(1)
    weight.register_hook(lambda gradient: gradient * nan if next(passes) == 3 else gradient)
    with pytest.raises(ZooError, match=f"{told} is nan at step 3"):
        train(recipe, kit, losses, Plan(tmp_path, steps=5, batch=2, every=Every(1, None)), tiny_catalog())
    assert all(t.isfinite().all() for t in load_file(tmp_path / CHECKPOINT).values())


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
    lines = logged(tmp_path)
    assert [line["step"] for line in lines] == [1, 20, 40, 50]
    assert [line["phase"] for line in lines] == ["whole", "whole", "sharp", "sharp"]
    assert set(lines[0]["losses"]) == {"rec", "total"}
    assert set(lines[3]["losses"]) == {"rec", "adv", "total", "critic.adv"}
    assert lines[3]["losses"]["total"] == pytest.approx(lines[3]["losses"]["rec"] + 0.1 * lines[3]["losses"]["adv"])
    assert all(line["images_per_second"] > 0 and line["seconds"] > 0 and line["lr"] > 0 for line in lines)


def test_the_log_tells_the_rate_of_the_step_that_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zoo.training.journal.LOG_EVERY", 1)
    tiny_train(tiny_recipe(phases=[phase(tiny_recipe(), "whole", schedule="linear")]), tmp_path, steps=4)
    lines = logged(tmp_path)
    assert [line["lr"] for line in lines] == pytest.approx([0.01, 0.0075, 0.005, 0.0025])


def test_the_log_says_what_share_of_the_time_was_waited_for_data_and_how_fast_images_went_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 4.0, 14.0])  # when the journal begins, at step 1, at step 20
    monkeypatch.setattr("zoo.training.journal.time", SimpleNamespace(perf_counter=lambda: next(clock)))
    monkeypatch.setattr("zoo.training.journal.Ticker.speed", lambda ticker, step: 3.0)  # steps a second
    with Journal(tmp_path, done=0, total=100, batch=2) as journal:
        for step in range(1, 21):
            journal.note(step, "whole", {"total": 1.0}, 0.1, 0.0, waited=3.0 if step == 1 else 0.25)
    lines = logged(tmp_path)
    assert [line["wait"] for line in lines] == [0.75, 0.475]
    assert [line["images_per_second"] for line in lines] == [6.0, 6.0]


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
