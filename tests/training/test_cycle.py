"""A forward that leads back to the source, phases left out, parts that grow: what unpaired training asks of the core."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from tests.support import make_pair
from zoo.errors import ZooError
from zoo.interfaces import Growing
from zoo.model import Model
from zoo.training.loop import train
from zoo.training.optimisation import Span
from zoo.training.plan import Plan
from zoo.types import Outcome, Pair, Person

from .parts import SIZE, phase, tiny_catalog, tiny_kit, tiny_recipe, tiny_train


class Guess(nn.Module):
    """A parsing transform that says the source's regions, one label further."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, source: Person, target: Person) -> Tensor:
        assert source.parsing is not None and target.image is None and target.parsing is None
        return self.scale * source.parsing.roll(1, 1)


def with_parsing(oracle: bool = False, parsing: bool = True) -> Model:
    kit, _ = tiny_kit(tiny_recipe())
    kit.model.parsing, kit.model.oracle = Guess() if parsing else None, oracle
    return kit.model.eval()


def test_a_cycle_goes_on_from_what_was_painted_and_leads_back() -> None:
    model, pair = with_parsing(), make_pair(SIZE)
    outcome = model(pair, until="cycle")
    back = outcome.back
    assert isinstance(back, Outcome) and back.back is None
    assert back.source.image is outcome.image and torch.equal(back.source.joints, pair.target.joints)
    assert torch.equal(back.source.parsing, outcome.target.parsing), "the predicted regions, not the true ones"
    assert torch.equal(back.target.joints, pair.source.joints) and back.target.image is None
    assert torch.equal(back.target.parsing, pair.source.parsing.roll(2, 1))
    by_hand = model(Pair(source=outcome.target.but(image=outcome.image), target=pair.source))
    assert torch.equal(back.image, by_hand.image)
    assert model(pair).back is None


def test_gradients_flow_through_both_ways() -> None:
    model = with_parsing().train()
    pair = make_pair(SIZE)
    outcome = model(pair, until="cycle")
    (once,) = torch.autograd.grad(outcome.back.image.sum(), outcome.image, retain_graph=True)
    assert once.abs().sum() > 0
    detached = outcome.map(Tensor.detach)
    assert not detached.back.image.requires_grad and detached.to("cpu").back.image is not None


def test_the_truth_about_the_target_stays_out_of_a_cycle() -> None:
    model, pair, other = with_parsing(), make_pair(SIZE), make_pair(SIZE, seed=5)
    lied = pair.but(target=pair.target.but(image=other.source.image, parsing=other.source.parsing))
    untold = pair.but(target=pair.target.but(image=None, parsing=None))
    images = [model(p, until="cycle").back.image for p in (pair, lied, untold)]
    assert torch.equal(images[0], images[1]) and torch.equal(images[0], images[2])


def test_an_oracle_sees_the_truth_when_scored_and_trains_as_its_phases_say() -> None:
    pair = make_pair(SIZE)
    oracle = with_parsing(oracle=True)
    assert torch.equal(oracle(pair).target.parsing, pair.target.parsing)
    assert torch.equal(oracle(pair, parsing="predicted").target.parsing, pair.source.parsing.roll(1, 1))
    assert torch.equal(oracle(pair, parsing="truth", until="cycle").back.target.parsing, pair.source.parsing)
    blind = with_parsing(oracle=True, parsing=False)
    assert torch.equal(blind(pair, parsing="predicted").target.parsing, pair.target.parsing), "there is nothing else"
    assert with_parsing(parsing=False)(pair).target.parsing is None


class Grower(Growing):
    """Remembers how far it had grown at each step."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[float] = []

    def forward(self, x: Tensor) -> Tensor:
        self.seen.append(float(self.fade))
        return x


def test_a_phase_with_grow_fades_growing_parts_in_and_the_weights_keep_it(tmp_path: Path) -> None:
    phases = [phase(tiny_recipe(), "whole"), {**phase(tiny_recipe(), "whole"), "name": "growth", "grow": True}]
    recipe = tiny_recipe(phases=phases)
    kit, losses = tiny_kit(recipe)
    grower = kit.model.generator.net = nn.Sequential(kit.model.generator.net, Grower())
    trained = train(recipe, kit, losses, Plan(tmp_path, steps=16, batch=2), tiny_catalog())
    assert grower[1].seen == [0.0] * 8 + [0.25, 0.5, 0.75, 1.0, 1.0, 1.0, 1.0, 1.0]
    assert trained.weights["generator.net.1.fade"] == 1
    assert Span(recipe.phases[0], 0, 1).fade(0) == 1


def test_a_share_of_zero_leaves_a_phase_out(tmp_path: Path) -> None:
    document = [phase(tiny_recipe(), "whole"), phase(tiny_recipe(), "sharp", share=0)]
    recipe = tiny_recipe(phases=document)
    assert [p.name for p in recipe.phases] == ["whole"] and recipe.digest() == tiny_recipe(phases=document[:1]).digest()
    assert tiny_train(recipe, tmp_path, steps=3).steps == 3


@pytest.mark.parametrize("none", ["none", {"use": "none"}])
def test_parsing_none_takes_the_transform_away(none: object) -> None:
    assert tiny_recipe(parsing=none).parsing is None
    with pytest.raises(ZooError, match="trains 'parsing', which the recipe does not have"):
        tiny_recipe(parsing=none, phases=[phase(tiny_recipe(), "whole", train=["parsing"])])
