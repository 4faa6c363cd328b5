"""A rate that falls where a loss on fixed pairs no longer does: by the rule, resumable, and by what is not trained on."""

import math
from pathlib import Path

import pytest
import torch

from zoo.errors import ZooError
from zoo.recipes.recipe import Plateau, Recipe
from zoo.recipes.request import Every
from zoo.training.plateau import Slope, loaded, mean_over
from zoo.training.run import Run
from zoo.training.stage import Stage

from .parts import Noise, logged, phase, same, tiny_recipe, tiny_train


def test_the_rate_halves_after_so_many_looks_without_a_new_lowest() -> None:
    slope, rates = Slope(Plateau(watch="rec", patience=2)), []
    for value in (3.0, 2.0, 2.0, 2.5, 1.0, math.nan, 1.0, 1.0, 1.0, 0.5, 0.6):
        slope.note(value)
        rates.append(slope.rate)
    assert rates == [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125, 0.125]


def test_a_slope_equals_torchs_own_scheduler() -> None:
    values = torch.rand(60, generator=torch.Generator().manual_seed(3)).cumsum(0).sin().tolist()
    slope = Slope(Plateau(watch="rec", patience=3, factor=0.7))
    descent = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    reference = torch.optim.lr_scheduler.ReduceLROnPlateau(descent, factor=0.7, patience=2, threshold=0, eps=0)
    for value in values:
        slope.note(value)
        reference.step(value)
        assert slope.rate == pytest.approx(descent.param_groups[0]["lr"])
    assert slope.rate < 0.1, "it has fallen more than once"


def falling(**plateau: object) -> Recipe:
    """Rates fall at every other look: nothing gets better where nothing is learnt."""
    rule = {"watch": "rec", "every": 2, "patience": 1, "pairs": 3, **plateau}
    return tiny_recipe(phases=[phase(tiny_recipe(), "whole", lr=1e-12, plateau=rule), phase(tiny_recipe(), "sharp")], ema=0.0)


def rates(folder: Path) -> list[float]:
    return [line["lr"] for line in logged(folder)]


def test_the_schedule_is_followed_and_begins_anew_with_a_phase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zoo.training.journal.LOG_EVERY", 1)
    tiny_train(falling(), tmp_path)
    looked = [1, 1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125]  # before steps 2, 4, 6 and 8: the first finds the lowest
    assert rates(tmp_path)[:10] == pytest.approx([1e-12 * r for r in looked])
    assert rates(tmp_path)[10:] == [2e-4] * 10


@pytest.mark.parametrize("step", [5, 6, 7])
def test_a_killed_run_goes_on_as_if_nothing_had_happened(step: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe, advance = falling(patience=2), Run.advance
    unbroken = tiny_train(recipe, tmp_path / "unbroken")

    def dying(run: Run, *arguments):  # type: ignore[no-untyped-def]
        if run.step == step:
            raise MemoryError
        return advance(run, *arguments)

    with monkeypatch.context() as patch, pytest.raises(MemoryError):
        patch.setattr(Run, "advance", dying)
        tiny_train(recipe, tmp_path / "killed", every=Every(1, None))
    looks: list[float] = []
    note = Slope.note
    monkeypatch.setattr(Slope, "note", lambda slope, value: (looks.append(value), note(slope, value)))
    assert same(tiny_train(recipe, tmp_path / "killed", resume=True).weights, unbroken.weights)
    assert len(looks) == (9 - step) // 2 + (step % 2 == 0), "the looks before are not taken again"
    assert rates(tmp_path / "killed")[-1] == rates(tmp_path / "unbroken")[-1]


def test_a_look_trains_nothing_and_leaves_the_modes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Batch norm counts its batches, so a look in training mode would show; so would other random numbers."""
    blind = falling()
    blind = blind.model_copy(update={"phases": [p.model_copy(update={"plateau": None}) for p in blind.phases]})
    before = tiny_train(blind, tmp_path / "blind")
    monkeypatch.setattr(Slope, "rate", 1.0)
    assert same(tiny_train(falling(), tmp_path / "looking").weights, before.weights)
    modes = []
    look = Stage.look

    def seen(stage: Stage, *arguments):  # type: ignore[no-untyped-def]
        before = {name: module.training for name, module in stage.model.named_modules()}
        look(stage, *arguments)
        modes.append(before == {name: module.training for name, module in stage.model.named_modules()})

    monkeypatch.setattr(Stage, "look", seen)
    tiny_train(falling(), tmp_path / "again")
    assert modes == [True] * 4


class Many(Noise):
    def pairs(self, split: str) -> list[tuple[int, int]]:
        return [(k, k + 1) for k in range(10)] if split == "val" else []


def test_looks_are_at_so_many_pairs_spread_evenly() -> None:
    asked = []
    data = Many()
    data.load = lambda split, sources, targets: asked.append((split, sources.tolist(), targets.tolist()))  # type: ignore[method-assign, func-returns-value, assignment, return-value]
    list(loaded(data, Plateau(watch="rec", pairs=5), batch=3))
    assert asked == [("val", [0, 2, 4], [1, 3, 5]), ("val", [6, 8], [7, 9])]
    assert float(mean_over([(torch.tensor(1.0), 3), (torch.tensor(6.0), 2)])) == 3.0
    with pytest.raises(ZooError, match="split 'train' has no pairs"):
        list(loaded(data, Plateau(watch="rec", split="train"), batch=3))


def test_data_without_such_pairs_is_refused_before_the_first_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Noise, "pairs", lambda data, split: [])
    monkeypatch.setattr(Run, "advance", None)
    with pytest.raises(ZooError, match="split 'val' has no pairs"):
        tiny_train(falling(), tmp_path)


@pytest.mark.parametrize("watch", ["recc", "adv", "off"])
def test_what_is_watched_must_weigh_in_the_phase(watch: str) -> None:
    losses = {"rec": "tiny.rec", "adv": "tiny.adversary", "off": {"use": "tiny.rec", "weight": 0.0}}
    whole = phase(tiny_recipe(), "whole", losses=["rec", "off"], plateau={"watch": watch})
    with pytest.raises(ZooError, match=f"watches '{watch}', which is no loss of it that weighs"):
        tiny_recipe(losses=losses, phases=[whole])


def test_none_takes_it_away_and_an_absent_one_changes_no_digest() -> None:
    plain = tiny_recipe()
    assert falling().digest() != plain.digest()
    off = tiny_recipe(phases=[phase(plain, "whole", plateau="none"), phase(plain, "sharp")])
    assert off.digest() == plain.digest() and off.phases[0].plateau is None
