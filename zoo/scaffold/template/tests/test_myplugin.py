"""The operator keeps its promises, and the recipe fits together."""

from importlib import import_module

import torch

from zoo.interfaces import Context, MergingOperator
from zoo.recipes.catalog import catalog
from zoo.recipes.compatibility import check_mix
from zoo.recipes.options import construct
from zoo.recipes.recipe import Part, load_recipe
from zoo.recipes.track import load_track
from zoo.regions import vocabulary
from zoo.skeleton import JOINTS
from zoo.types import FeatureSpec, Person, Style

SIZE = (32, 32)
SPEC = FeatureSpec(strides=(2,), channels=(4,), regions=8, code_width=4)


def person(shift: float) -> Person:
    generator = torch.Generator().manual_seed(0)
    joints = 8 + 8 * torch.rand(1, JOINTS, 2, generator=generator) + shift
    return Person(size=SIZE, joints=joints, visible=torch.ones(1, JOINTS, dtype=torch.bool))


def operator() -> MergingOperator:
    context = Context(size=SIZE, regions=vocabulary("scm8"), spec=SPEC)
    return construct(catalog(), "merge", Part(use="myplugin.joints"), context)


def test_contents_are_read_without_torch() -> None:
    assert "torch" not in vars(import_module("zoo_myplugin"))


def test_the_style_moves_with_the_person() -> None:
    style = Style(pyramid=(torch.randn(1, 4, 16, 16),), codes=torch.randn(1, 8, 4))
    merged = operator()(style, person(0), person(4))
    assert merged.pyramid[0].shape == style.pyramid[0].shape
    torch.testing.assert_close(merged.fields.flow[0], torch.full((1, 1, 2, 16, 16), -2.0))  # 4 pixels at stride 2


def test_the_recipe_fits_the_track() -> None:
    check_mix(load_recipe(catalog().recipes["myplugin"], size="small"), load_track(catalog().tracks["figures-64"]), catalog())
