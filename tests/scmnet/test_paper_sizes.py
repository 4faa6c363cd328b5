"""Sizes paper and market: what is printed, nothing of ours, and grids of 32 rows."""

import pytest
import torch

from tests.support import make_pair
from zoo.interfaces import Context
from zoo.model import build_model
from zoo.recipes.catalog import catalog
from zoo.recipes.loading import load_recipe
from zoo.recipes.recipe import Recipe
from zoo.regions import vocabulary
from zoo_scmnet.trunk import StyleTrunk

SIZES = {"paper": (256, 256), "market": (128, 64)}


def chosen(size: str, variant: str = "full") -> Recipe:
    return load_recipe(catalog().recipes["scmnet"], size=size, variant=variant)


@pytest.mark.parametrize("size", SIZES)
def test_cells_are_compared_on_32_rows_and_no_path_of_colours_goes_round_them(size: str) -> None:
    height, width = SIZES[size]
    recipe = chosen(size)
    model = build_model(recipe, Context(size=SIZES[size], regions=vocabulary("scm8")), "scm8", catalog()).eval()
    with torch.inference_mode():
        outcome = model(make_pair((height, width), 1, regions=8))
    grid = (32, 32 * width // height)
    assert outcome.merged.fields.correlation.target_grid == outcome.merged.fields.correlation.source_grid == grid
    assert outcome.style.pyramid[0].shape == (1, 256, *grid) and outcome.style.parts.shape == (1, 8, 32, *grid)
    assert outcome.image.shape == (1, 3, height, width)
    trunk = model.style.trunk
    assert isinstance(trunk, StyleTrunk) and trunk.colours is None and not len(trunk.reach.down)


@pytest.mark.parametrize(("size", "gan"), [("paper", "lsgan"), ("market", "nsgan")])
def test_weights_are_the_printed_ones(size: str, gan: str) -> None:
    recipe = chosen(size)
    weights = {name: term.weight for name, term in recipe.losses.items() if term.weight}
    assert recipe.merge.options["temperature"] == 1.0, "none is printed"
    assert [(p.lr, p.critic_lr, p.betas) for p in recipe.phases] == [(1e-4, 4e-4, (0.5, 0.999))], "MUST-GAN's: none is printed"
    assert weights == {"rec": 1.0, "perceptual": 1.0, "style": 150.0, "graph": 1.0, "appearance": 5.0, "shape": 5.0}
    assert {recipe.losses[name].options.get("gan", "lsgan") for name in ("appearance", "shape")} == {gan}
