"""Every installed plugin keeps what it promises."""

import pytest

from zoo.recipes.catalog import catalog
from zoo.testing import Check, checks, untried
from zoo.testing.contracts import EVERYBODY
from zoo.testing.plugin import serves_a_recipe

NARROW = {  # what is only wide by default is tried narrow
    "partflow.parts": {"channels": 16},
    "partflow.decoder": {"width": 32},
    "spgnet.spatn": {"width": 16, "blocks": 2},
    "spgnet.spatn_image": {"width": 16, "blocks": 2},
    "spgnet.patn": {"width": 16, "blocks": 2},
    "spgnet.sean": {"width": 4, "hidden": 16},
    "spgnet.dual_path": {"width": 8},
    "spt.semantic": {"width": 8},
    "spt.generator": {"width": 8},
    "spt.generator_plain": {"width": 8},
    "scmnet.translation": {"width": 32},
}
NEEDS_FILES = {  # of the user's: a folder, the net's weights
    "dataset datasets.folder", "dataset datasets.deepfashion", "dataset datasets.market", "dataset datasets.viton",
    "dataset datasets.celebahq", "features base.vgg19",
    "features base.timm", "style base.timm", "detector photos.vitpose", "parser photos.segformer",
}  # fmt: skip
READ = [promise.__doc__ for promise in EVERYBODY]  # tried without building the part
PLUGINS = [plugin.name for plugin in catalog().plugins]
CHECKS = [check for plugin in PLUGINS for check in checks(plugin, NARROW, mixed=False)]


@pytest.mark.parametrize("check", CHECKS, ids=str)
def test_promise(check: Check) -> None:
    if check.part in NEEDS_FILES and check.promise not in READ:
        pytest.skip("needs a file of the user's")
    check()


def test_what_is_not_tried_needs_files() -> None:
    assert {part for plugin in PLUGINS for part in untried(plugin)} <= NEEDS_FILES


@pytest.mark.parametrize("track", catalog().tracks.usable())
def test_a_recipe_runs_on_every_track_of_ours(track: str) -> None:
    serves_a_recipe(catalog().tracks[track], catalog())


def test_the_judge_is_in_no_loss() -> None:
    assert not any("judge" in loss.needs for owners in catalog().components["loss"].items.values() for _, loss in owners)
