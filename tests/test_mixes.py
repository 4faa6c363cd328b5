"""Every style encoder x merging operator x generator either runs or is refused before anything is built."""

import itertools

import pytest
import torch

from tests.support import make_pair
from zoo.catalog import catalog
from zoo.compatibility import check_mix
from zoo.errors import ZooError
from zoo.interfaces import Context
from zoo.model import build_model
from zoo.recipe import Recipe, make_recipe
from zoo.regions import vocabulary
from zoo.track import Budget, Track

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


@pytest.mark.parametrize(("style", "merge", "generator"), MIXES)
def test_mix_runs_or_is_refused_with_the_mend(style: str, merge: str, generator: str) -> None:
    recipe = recipe_of(style, merge, generator)
    if refusal := refused(recipe):
        assert refusal.exit_code == 2 and refusal.fix
        return
    model = build_model(recipe, Context(size=SIZE, regions=vocabulary("scm8")), "cihp20", catalog())
    outcome = model(make_pair(SIZE, regions=20))
    assert outcome.image is not None and outcome.image.shape == (2, 3, *SIZE)
    outcome.image.square().mean().backward()
    assert all(torch.isfinite(p.grad).all() for p in model.parameters() if p.grad is not None)


def possible(mix: tuple[str, str, str]) -> bool:
    try:
        check_mix(recipe_of(*mix), TRACK, catalog())
    except ZooError:
        return False
    return True


def test_no_truth_about_the_target_reaches_the_parts() -> None:
    for style, merge, generator in filter(possible, MIXES):
        recipe = recipe_of(style, merge, generator)
        if refused(recipe):
            continue
        model = build_model(recipe, Context(size=SIZE, regions=vocabulary("scm8")), "cihp20", catalog()).eval()
        pair = make_pair(SIZE, regions=20)
        other = make_pair(SIZE, regions=20, seed=7).target
        assert other.image is not None and other.parsing is not None
        target = pair.target.but(image=other.image, parsing=other.parsing)
        lied = pair.but(target=target, flow=torch.ones(2, 2, *SIZE))
        with torch.inference_mode():
            assert torch.equal(model(pair).image, model(lied).image), f"{style} {merge} {generator} looks at the truth"


def test_parameters_are_a_function_of_the_seed() -> None:
    recipe = recipe_of("base.encoder", "base.concat", "base.unet")
    context = Context(size=SIZE, regions=vocabulary("scm8"), seed=3)
    one, two = (build_model(recipe, context, "cihp20", catalog()).state_dict() for _ in range(2))
    assert all(torch.equal(one[k], two[k]) for k in one)
