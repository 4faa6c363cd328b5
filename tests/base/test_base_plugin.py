"""The plugin's table of contents: importable targets, recipes that resolve, and the trivial baselines."""

import importlib

import pytest
import torch

import zoo_base
from tests.support import make_pair
from zoo.interfaces import Context
from zoo.recipes.loading import load_recipe
from zoo.regions import vocabulary
from zoo.types import Outcome
from zoo_base.generators import Show
from zoo_base.merges import Stay
from zoo_base.styles import Pixels

COMPONENTS = list(zoo_base.zoo_components())


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda c: c.name)
def test_targets_exist_and_are_named_after_the_plugin(component) -> None:  # type: ignore[no-untyped-def]
    module, _, name = component.target.partition(":")
    assert hasattr(importlib.import_module(module), name)
    assert component.name.startswith("base.") and component.summary


def test_recipes_resolve_and_name_parts_of_this_plugin() -> None:
    known = {(c.kind, c.name) for c in COMPONENTS}
    recipes = [load_recipe(path) for path in zoo_base.zoo_recipes()]
    assert [r.name for r in recipes] == ["codec", "copy", "mean"]
    for recipe in recipes:
        used = {(kind, part.use) for kind, part in recipe.parts().items()}
        used |= {("loss", loss.use) for loss in recipe.losses.values()} | {("pairing", p.pairing.use) for p in recipe.phases}
        assert used <= known


def test_copy_hands_back_the_source() -> None:
    context, pair = Context(size=(16, 24), regions=vocabulary("scm8")), make_pair((16, 24))
    encoder = Pixels(context)
    context = Context(size=context.size, regions=context.regions, spec=encoder.spec)
    merged = Stay(context)(encoder(pair.source), pair.source, pair.target)
    image = Show(context)(merged, pair.target)
    assert pair.source.image is not None and torch.equal(image, pair.source.image)
    assert Outcome(pair=pair, source=pair.source, target=pair.target, merged=merged, image=image).image is image
