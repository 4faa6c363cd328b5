"""What was measured stays valid: the shipped weights give, pair by pair, the scores they gave when they were trained."""

import json
from pathlib import Path

import pytest

from zoo.documents.names import FULL
from zoo.model import build
from zoo.recipes.catalog import catalog
from zoo.recipes.request import Request, resolve
from zoo.running.weights import stored_weights
from zoo.scoring import score
from zoo.store.registry import registry

FROZEN = json.loads(Path(__file__).with_name("shipped_scores.json").read_text())
PAIRS = 16  # the first of the test split


def test_every_shipped_recipe_is_held() -> None:
    shipped = [entry for entry in registry().weights if entry.track == "figures-64"]
    assert {entry.recipe if entry.variant == FULL else f"{entry.recipe}/{entry.variant}" for entry in shipped} == set(FROZEN)


@pytest.mark.parametrize("name", sorted(FROZEN))
def test_shipped_weights_score_as_they_did(name: str) -> None:
    named, _, variant = name.partition("/")
    request = Request(named, variant or FULL)
    recipe, track = resolve(request, catalog())
    kit = build(recipe, track, catalog())
    stored_weights(request, recipe, track, kit.model)
    scored, frozen = score(kit.model, kit, track, limit=PAIRS), FROZEN[name]
    assert scored.names == frozen["pairs"]
    for metric in ("ssim", "psnr", "masked_psnr"):
        assert scored.per_pair[metric] == pytest.approx(frozen[metric], rel=1e-4, abs=1e-4), metric
