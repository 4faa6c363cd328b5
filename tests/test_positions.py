"""Nothing compares all positions with all by accident: tracks choose a recipe's size, operators a level, the rest is told."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch

from zoo.errors import ZooError
from zoo.interfaces import Context, MergingOperator, StyleEncoder
from zoo.ops.correlate import MANY, affordable
from zoo.recipes.catalog import catalog
from zoo.recipes.loading import load_recipe, variants_of
from zoo.recipes.options import construct
from zoo.recipes.recipe import Part, Recipe
from zoo.recipes.track import load_track
from zoo.regions import vocabulary
from zoo.types import FeatureSpec

TOLD = "positions with as many"
Size = tuple[int, int]


def comparing() -> Iterator[tuple[Recipe, Size]]:
    """Every recipe that compares positions at every size that a shipped track asks of it, once for each stride of its style."""
    seen = set()
    for track in (load_track(catalog().tracks[name]) for name in catalog().tracks.items):
        for name in catalog().recipes.items:
            for variant in variants_of(catalog().recipes[name]):
                try:
                    recipe = load_recipe(catalog().recipes[name], size=track.scale, variant=variant)
                except ZooError:  # not of this size
                    continue
                key = (recipe.style.use, recipe.style.options.get("stride"), recipe.merge.use, track.size)
                if "fields.correlation" in catalog().component("merge", recipe.merge.use).gives and key not in seen:
                    seen.add(key)
                    yield recipe, track.size


def merging(recipe: Recipe, size: Size) -> tuple[FeatureSpec, MergingOperator]:
    """The style's shapes and the operator, without memory for their parameters."""
    context = Context(size=size, regions=vocabulary(recipe.regions))
    with torch.device("meta"):
        pose = construct(catalog(), "pose", recipe.pose, context)
        context = replace(context, pose_channels=pose.channels)
        style: StyleEncoder = construct(catalog(), "style", recipe.style, context)
        return style.spec, construct(catalog(), "merge", recipe.merge, replace(context, spec=style.spec))


def test_every_shipped_recipe_that_compares_stays_below_64_by_64_on_every_track(caplog: pytest.LogCaptureFixture) -> None:
    cases = list(comparing())
    assert {(256, 256), (256, 176), (128, 88), (64, 64)} <= {size for _, size in cases}
    for recipe, size in cases:
        spec, _ = merging(recipe, size)
        assert (size[0] // spec.strides[0]) * (size[1] // spec.strides[0]) <= MANY, (recipe.name, recipe.variant, size)
    assert TOLD not in caplog.text


@pytest.mark.parametrize(("size", "stride"), [((64, 64), 1), ((128, 88), 2), ((256, 256), 4), ((512, 352), 8)])
def test_of_a_style_of_several_levels_the_finest_that_can_be_paid_is_moved(
    size: Size, stride: int, caplog: pytest.LogCaptureFixture
) -> None:
    recipe = load_recipe(catalog().recipes["spgnet"], size="small", changes=["merge=scmnet.correlation"])
    spec, merge = merging(recipe, size)
    assert spec.strides[0] == 1 and merge.spec.strides == (stride,)
    assert TOLD not in caplog.text


def test_a_level_asked_for_by_name_is_taken_and_told(caplog: pytest.LogCaptureFixture) -> None:
    asked = Part.model_validate({"use": "scmnet.correlation", "level": 1})
    recipe = load_recipe(catalog().recipes["spgnet"], size="small").model_copy(update={"merge": asked})
    assert merging(recipe, (256, 256))[1].spec.strides == (2,)
    assert "16,384 positions" in caplog.text


def test_a_style_without_a_level_that_can_be_paid_is_told(caplog: pytest.LogCaptureFixture) -> None:
    spec, _ = merging(load_recipe(catalog().recipes["scmnet"], size="photo"), (512, 352))
    assert spec.strides == (4,)
    assert "11,264 positions" in caplog.text
    assert affordable([4, 8, 16], (512, 512)) == 1 and affordable([1, 2], (512, 512)) == 1
