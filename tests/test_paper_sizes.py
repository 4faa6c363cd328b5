"""Sizes paper and market of the four papers' recipes hold nothing of ours, and each is one that a track can ask for."""

import pytest

from zoo.recipes.catalog import catalog
from zoo.recipes.loading import load_recipe, variants_of
from zoo.recipes.options import check_options, set_options

PAPERS = ("scmnet", "spgnet", "partflow", "spt")
ABLATIONS = {
    "scmnet": ["full", "wo-dse", "wo-ccf", "wo-bsr"],
    "spgnet": ["full", "baseline", "baseline-s", "spade", "cc", "patn-s", "sean", "no-dist", "s1-then-s2", "s1-then-joint"],
    "partflow": ["full", "wo-part", "wo-hdcb", "wo-pnb"],
    "spt": ["full", "baseline", "ts-pred", "ts-gt", "mask-style", "patch-style", "wo-face"],
}
AS_PRINTED = {"by_area", "similar"}  # of SPT's search: what is ours there is the default, and off here


@pytest.mark.parametrize("size", ["paper", "market"])
@pytest.mark.parametrize(("name", "variant"), [(name, variant) for name in PAPERS for variant in ABLATIONS[name]])
def test_nothing_of_ours_is_on(name: str, variant: str, size: str) -> None:
    recipe = load_recipe(catalog().recipes[name], size=size, variant=variant)
    off = {f"losses.{loss}" for loss, term in recipe.losses.items() if not term.weight}
    for key, value, about in set_options(recipe, catalog()):
        idle = ".".join(key.split(".")[:2]) in off or key.split(".")[-1] in AS_PRINTED
        assert idle or about is None or about.source != "ours", f"{key} = {value!r}"
    assert not [key for key, _, _ in recipe.named_parts() if ".wear." in key]
    assert recipe.ema == 0, "no paper averages its weights"
    assert all(phase.schedule == "constant" and phase.clip is None and not phase.warmup for phase in recipe.phases)


@pytest.mark.parametrize("size", ["paper", "market"])
@pytest.mark.parametrize("name", PAPERS)
def test_every_variant_sets_only_what_its_parts_have(name: str, size: str) -> None:
    path = catalog().recipes[name]
    for variant in variants_of(path):
        for _, kind, part in load_recipe(path, size=size, variant=variant).named_parts():
            check_options(catalog(), kind, part)
