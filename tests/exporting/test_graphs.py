"""Nothing in the spine hangs a shape or a branch on a value, so that it compiles and exports without breaks."""

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from zoo.errors import ZooError
from zoo.model import Model, build_context, build_model
from zoo.recipes.catalog import catalog
from zoo.recipes.request import Request, resolve
from zoo.testing import make_pair
from zoo.types import Pair

RECIPES = [("codec", "full"), ("copy", "full"), ("copy", "puppet"), ("mean", "full"), ("partflow", "full"), ("scmnet", "full"),
           ("spgnet", "full"), ("spt", "full")]  # fmt: skip


def model_and_pair(name: str, variant: str) -> tuple[Model, Pair]:
    recipe, track = resolve(Request(name, variant), catalog())
    model = build_model(recipe, build_context(recipe, track, catalog()), recipe.regions, catalog()).eval()
    return model, make_pair(track.size, batch=2, regions=len(model.table))


def test_every_recipe_is_here() -> None:
    with_faces = {"scmnet-faces"}  # scmnet, whose pose is an edge map
    assert {name for name, _ in RECIPES} | with_faces == set(catalog().recipes.items)


@pytest.mark.parametrize(("name", "variant"), RECIPES)
def test_no_value_is_looked_at(name: str, variant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fake tensors have no values: who asks for one fails."""
    model, pair = model_and_pair(name, variant)
    monkeypatch.setattr(torch.compiler, "_is_compiling_flag", True)
    with FakeTensorMode(allow_non_fake_inputs=True) as fakes, torch.no_grad():
        image = model(pair.map(fakes.from_tensor)).image
    assert image is not None and tuple(image.shape) == (2, 3, 64, 64)


def test_a_look_at_a_value_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    model, pair = model_and_pair("copy", "full")
    monkeypatch.setattr(type(model.generator), "forward", lambda self, merged, _: merged.pyramid[0] * int(merged.codes.sum()))
    with FakeTensorMode(allow_non_fake_inputs=True) as fakes, torch.no_grad(), pytest.raises(ZooError, match="DataDependent"):
        model(pair.map(fakes.from_tensor))


@pytest.mark.parametrize(("name", "variant"), [recipe for recipe in RECIPES if recipe != ("mean", "full")])
def test_the_spine_is_one_graph(name: str, variant: str) -> None:
    model, pair = model_and_pair(name, variant)
    torch._dynamo.reset()
    told = torch._dynamo.explain(lambda: model(pair).image)()
    assert (told.graph_count, told.graph_break_count) == (1, 0), told.break_reasons
