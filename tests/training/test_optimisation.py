"""Shares, schedules, clipping, and the moving average against its formula."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from torch import nn
from torch.optim import SGD, Adam, AdamW, Optimizer

from zoo.recipes.recipe import Phase
from zoo.training.optimisation import Average, Descent, spans

from .parts import phase, tiny_recipe


def make_phase(**changes: object) -> Phase:
    return Phase.model_validate(phase(tiny_recipe(), "whole", **changes))


@pytest.fixture
def accelerator() -> Iterator[Accelerator]:
    AcceleratorState._reset_state(reset_partial_state=True)
    yield Accelerator(cpu=True)


def test_phases_share_the_steps() -> None:
    phases = [make_phase(share=share) for share in (1, 1, 4)]
    assert [(s.begin, s.end) for s in spans(phases, 100)] == [(0, 17), (17, 33), (33, 100)]
    assert spans([], 100) == []


@pytest.mark.parametrize(
    ("schedule", "rates"), [("constant", (1, 1, 1)), ("linear", (1, 0.5, 0.1)), ("cosine", (1, 0.5, 0.0245))]
)
def test_schedules(schedule: str, rates: tuple[float, ...]) -> None:
    span = spans([make_phase(), make_phase(schedule=schedule)], 20)[1]
    assert [span.rate(step) for step in (10, 15, 19)] == pytest.approx(rates, abs=1e-4)


def test_warmup_rises_to_the_schedule_and_then_leaves_it_alone() -> None:
    cold, warm = (spans([make_phase(), make_phase(schedule="cosine", warmup=n)], 20)[1] for n in (0, 4))
    shares = [warm.rate(step) / cold.rate(step) for step in (10, 12, 14, 19)]
    assert shares == pytest.approx([0.2, 0.6, 1.0, 1.0])


def test_gradients_are_gone_after_a_step_and_do_not_add_up(accelerator: Accelerator) -> None:
    weight = nn.Parameter(torch.zeros(4))
    descent = Descent(make_phase(optimiser="sgd", betas=(0.0, 0.9)), [weight], lr=0.1)
    for _ in range(2):
        descent.step(weight.sum(), 1.0, accelerator)
        assert weight.grad is None
    torch.testing.assert_close(weight.detach(), torch.full((4,), -0.2))


def test_clipping_bounds_the_step(accelerator: Accelerator) -> None:
    weight = nn.Parameter(torch.zeros(4))
    descent = Descent(make_phase(optimiser="sgd", clip=0.5, betas=(0.0, 0.9)), [weight], lr=0.1)
    descent.step((100 * weight).sum(), 0.5, accelerator)
    torch.testing.assert_close(weight.detach().norm(), torch.tensor(0.5 * 0.1 * 0.5))


OPTIMISERS: dict[str, Callable[..., Optimizer]] = {
    "adam": partial(Adam, betas=(0.3, 0.6)), "adamw": partial(AdamW, betas=(0.3, 0.6)), "sgd": partial(SGD, momentum=0.3),
}  # fmt: skip


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_an_optimiser_is_torchs_with_what_its_phase_says(optimiser: str, accelerator: Accelerator) -> None:
    mine, theirs = (nn.Parameter(torch.tensor([1.0, -2.0, 3.0])) for _ in range(2))
    descent = Descent(make_phase(optimiser=optimiser, betas=(0.3, 0.6), weight_decay=0.2), [mine], lr=0.1)
    reference = OPTIMISERS[optimiser]([theirs], lr=0.05, weight_decay=0.2)
    for _ in range(3):
        descent.step(mine.square().sum(), 0.5, accelerator)
        theirs.grad = 2 * theirs.detach()
        reference.step()
    torch.testing.assert_close(mine, theirs)


@pytest.mark.parametrize("optimiser", [{"optimiser": "adam"}, {"optimiser": "adamw"}, {"optimiser": "sgd"}])
def test_a_state_made_beforehand_is_the_one_that_the_first_gradient_makes(
    optimiser: dict[str, str], accelerator: Accelerator
) -> None:
    late, early = (nn.Parameter(torch.ones(3)) for _ in range(2))
    one, two = (Descent(make_phase(**optimiser), [p], lr=0.1) for p in (late, early))
    one.optimiser.state.clear()
    for _ in range(3):
        one.step(late.pow(3).sum(), 1.0, accelerator)
        two.step(early.pow(3).sum(), 1.0, accelerator)
    assert torch.equal(late, early) and one.state().keys() == two.state().keys()


@pytest.mark.parametrize("optimiser", ["adam", "adamw", "sgd"])
def test_a_restored_optimiser_goes_on_exactly(optimiser: str, accelerator: Accelerator) -> None:
    weights = [nn.Parameter(torch.ones(3)) for _ in range(2)]
    one, two = (Descent(make_phase(optimiser=optimiser), [w, nn.Parameter(torch.ones(2))], lr=0.1) for w in weights)
    for _ in range(3):
        one.step(weights[0].pow(3).sum(), 1.0, accelerator)
    weights[1].data.copy_(weights[0].data)
    assert two.state().keys() == one.state().keys(), "also of what has had no gradient yet"
    for name, value in two.state().items():
        value.copy_(one.state()[name])
    for weight, descent in zip(weights, (one, two), strict=True):
        descent.step(weight.pow(3).sum(), 0.7, accelerator)
    assert torch.equal(*weights)


def test_the_moving_average() -> None:
    model = nn.BatchNorm1d(1)
    average = Average(model, 0.5)
    expected = torch.tensor([1.0])
    for step, value in enumerate([3.0, 5.0, 7.0, 9.0, 11.0, 13.0, 15.0, 17.0, 19.0, 21.0]):
        nn.init.constant_(model.weight, value)
        model.running_mean.fill_(value)  # type: ignore[union-attr]
        average.update(model, step)
        decay = min(0.5, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * value
        torch.testing.assert_close(average.state["weight"], expected)
        assert average.state["running_mean"] == value
