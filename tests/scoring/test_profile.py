"""What a model costs is a function of its parts and of the image's size, never of its weights."""

import subprocess
import sys

import pytest
import torch
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from zoo.interfaces import Context
from zoo.model import Model, build_model
from zoo.recipes.catalog import catalog
from zoo.recipes.loading import load_recipe
from zoo.regions import vocabulary
from zoo.scoring.profile import fixed_pair, profile

SIZE = (48, 32)
ROWS = [("scmnet", "full"), ("spgnet", "full"), ("spgnet", "sean"), ("spgnet", "oracle"), ("partflow", "full"), ("spt", "full")]


def model(name: str, variant: str, seed: int) -> Model:
    recipe = load_recipe(catalog().recipes[name], size="small", variant=variant)
    context = Context(size=SIZE, regions=vocabulary(recipe.regions), seed=seed)
    return build_model(recipe, context, recipe.regions, catalog())


@pytest.mark.parametrize(("name", "variant"), ROWS, ids=lambda x: x)
def test_no_weight_has_a_say_in_the_cost(name: str, variant: str) -> None:
    first, second = model(name, variant, 0), model(name, variant, 1)
    with torch.no_grad():
        for parameter in second.parameters():
            parameter.mul_(0.1)  # what is predicted now is another parsing, flow, correlation
    cost = profile(first, SIZE)
    assert cost == profile(second, SIZE) and sum(part.macs for part in cost.values()) > 0
    assert cost == profile(first.train(), SIZE) and first.training


@pytest.mark.parametrize(("name", "variant"), ROWS, ids=lambda x: x)
def test_the_macs_are_those_that_torch_counts(name: str, variant: str) -> None:
    built = model(name, variant, 0).eval()
    pair = fixed_pair(SIZE, len(built.table), built.pose.channels)
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        built(pair, parsing="truth" if built.parsing is not None or built.oracle else None)
    assert 2 * sum(part.macs for part in profile(built, SIZE).values()) == counter.get_total_flops()


def test_counting_imports_no_compiler() -> None:
    program = (
        "import sys, torch; from zoo.scoring.profile import _Counter\n"
        "with _Counter() as counter: torch.ones(2, 3) @ torch.ones(3, 4)\n"
        "sys.exit(counter.flops != 48 or 'torch._dynamo' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize("labels", [1, 8, 10, 20])
def test_every_region_is_there_even_on_a_coarse_grid(labels: int) -> None:
    pair = fixed_pair((64, 64), labels)
    assert pair.source.visible.all() and pair.source.image.std() > 0.5
    coarse = F.interpolate(pair.target.parsing, size=(8, 8), mode="nearest-exact")
    assert (coarse.amax((2, 3)) > 0).all() and torch.equal(pair.target.parsing.sum(1), torch.ones(1, 64, 64))
