"""What a recipe's parts say of the sizes they take is true: those that are not refused can be painted at."""

import pytest
import torch

from tests.support import make_pair
from zoo.errors import ZooError
from zoo.interfaces import Context
from zoo.model import build_model
from zoo.recipes.catalog import catalog
from zoo.recipes.compatibility import check_size
from zoo.recipes.loading import load_recipe
from zoo.recipes.options import multiple_of
from zoo.regions import vocabulary

SIZES = [(40, 24), (36, 28), (34, 38), (33, 29)]  # multiples of 8, of 4, of 2, of nothing


@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")
@pytest.mark.parametrize("name", ["scmnet", "spgnet", "partflow", "spt"])
def test_what_is_not_refused_is_painted(name: str, size: tuple[int, int]) -> None:
    recipe = load_recipe(catalog().recipes[name], size="small")
    try:
        check_size(recipe, size, catalog(), multiple_of)
    except ZooError:
        assert any(side % 8 for side in size), "eighths are taken by every recipe at size small"
        return
    model = build_model(recipe, Context(size=size, regions=vocabulary(recipe.regions)), recipe.regions, catalog()).eval()
    with torch.inference_mode():
        image = model(make_pair(size, batch=1, regions=len(vocabulary(recipe.regions)))).image
    assert image.shape == (1, 3, *size)
