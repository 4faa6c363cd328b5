"""Every style encoder x merging operator x generator either runs or is refused before anything is built."""

import itertools

import pytest
import torch

from tests.support import make_pair
from zoo.errors import ZooError
from zoo.interfaces import Context
from zoo.model import build_model
from zoo.recipes.catalog import catalog
from zoo.recipes.compatibility import check_mix
from zoo.recipes.recipe import Recipe, make_recipe
from zoo.recipes.track import Budget, Track
from zoo.regions import vocabulary

SIZE = (64, 32)
TRACK = Track(
    name="t", dataset="figures.people", size=SIZE, protocol="figures-v1", features="figures.features",
    budget=Budget(steps=1, batch=1),
)  # fmt: skip
DISPLAYS_PIXELS = {"base.show"}  # paints what it is handed: only `base.pixels` through `base.stay` hands it an image


def names(kind: str) -> list[str]:
    return sorted(catalog().components[kind].items)  # type: ignore[index]


MIXES = [m for m in itertools.product(names("style"), names("merge"), names("generator")) if m[2] not in DISPLAYS_PIXELS]


def recipe_of(style: str, merge: str, generator: str) -> Recipe:
    parts = {"pose": "base.heatmaps", "style": style, "merge": merge, "generator": generator}
    return make_recipe({"name": "mix", "regions": "scm8", **parts}, where="test")


def refused(recipe: Recipe) -> ZooError | None:
    try:
        check_mix(recipe, TRACK, catalog())
    except ZooError as refusal:
        return refusal
    return None


def neighbours() -> list[tuple[str, str, str]]:
    """Possible mixes in which every possible pair of neighbours, style and merge or merge and generator, meets once."""
    met: set[tuple[str, str]] = set()
    chosen = []
    for mix in (m for m in MIXES if not refused(recipe_of(*m))):
        pairs = set(itertools.pairwise(mix))
        if not pairs <= met:
            met |= pairs
            chosen.append(mix)
    return chosen


def test_a_refusal_names_the_mend() -> None:
    refusals = [refusal for mix in MIXES if (refusal := refused(recipe_of(*mix)))]
    assert refusals and all(refusal.exit_code == 2 and refusal.fix for refusal in refusals)


@pytest.mark.parametrize(("style", "merge", "generator"), neighbours())
def test_a_mix_runs_learns_and_never_sees_the_truth(style: str, merge: str, generator: str) -> None:
    recipe = recipe_of(style, merge, generator)
    model = build_model(recipe, Context(size=SIZE, regions=vocabulary("scm8")), "cihp20", catalog())
    pair = make_pair(SIZE, regions=20)
    image = model(pair).image
    assert image is not None and image.shape == (2, 3, *SIZE)
    image.square().mean().backward()
    assert all(torch.isfinite(p.grad).all() for p in model.parameters() if p.grad is not None)
    other = make_pair(SIZE, regions=20, seed=7).target
    target = pair.target.but(image=other.image, parsing=other.parsing)
    with torch.inference_mode():
        told, lied = (model.eval()(p).image for p in (pair, pair.but(target=target, flow=torch.ones(2, 2, *SIZE))))
    assert torch.equal(told, lied), "it looks at the truth"


def test_parameters_are_a_function_of_the_seed() -> None:
    recipe = recipe_of("base.encoder", "base.concat", "base.unet")
    context = Context(size=SIZE, regions=vocabulary("scm8"), seed=3)
    one, two = (build_model(recipe, context, "cihp20", catalog()).state_dict() for _ in range(2))
    assert all(torch.equal(one[k], two[k]) for k in one)
