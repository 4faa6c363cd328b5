"""Every style encoder x merging operator x generator either runs or is refused before anything is built."""

import pytest
import torch

from zoo.interfaces import Context
from zoo.model import build_model
from zoo.recipes.catalog import catalog
from zoo.regions import vocabulary
from zoo.testing.mixes import Mix, every_mix, mixes, refused, runs


def test_a_refusal_names_the_mend() -> None:
    refusals = [refusal for mix in every_mix(catalog()) if (refusal := refused(mix.with_parsing("none"), catalog()))]
    assert refusals and all(refusal.exit_code == 2 and refusal.fix for refusal in refusals)


def test_all_possible_neighbours_meet() -> None:
    possible = {pair for mix in every_mix(catalog()) if not refused(mix, catalog()) for pair in mix.neighbours()}
    assert possible == {pair for mix in mixes(catalog()) for pair in mix.neighbours()}
    assert ("scmnet.decomposed", "base.spade") in possible and ("base.spade", "spgnet.dual_path") in possible


def test_the_mixes_of_one_part_all_hold_it() -> None:
    chosen = mixes(catalog(), ["base.patn"])
    assert 1 < len(chosen) < len(mixes(catalog())) and all(mix.merge == "base.patn" for mix in chosen)


@pytest.mark.parametrize("mix", mixes(catalog()), ids=str)
def test_a_mix_runs_learns_and_never_sees_the_truth(mix: Mix) -> None:
    runs(mix, catalog())


def test_parameters_are_a_function_of_the_seed() -> None:
    recipe = Mix("base.heatmaps", "base.encoder", "base.concat", "base.unet").recipe()
    context = Context(size=(64, 32), regions=vocabulary("scm8"), seed=3)
    one, two = (build_model(recipe, context, "cihp20", catalog()).state_dict() for _ in range(2))
    assert all(torch.equal(one[k], two[k]) for k in one)
