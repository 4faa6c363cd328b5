"""Options that are asked for when trained weights are put to work: weights fit whatever they are; nothing else may differ."""

from pathlib import Path

import pytest
import torch

from tests.support import make_pair
from zoo.documents.names import FULL
from zoo.errors import ZooError
from zoo.hookspecs import Component
from zoo.model import build
from zoo.recipes.catalog import catalog, import_component
from zoo.recipes.options import options_model
from zoo.recipes.request import Request, resolve
from zoo.recipes.trained import as_trained
from zoo.running.weights import stored_weights
from zoo.store.weights import save_weights

SMALL = ("style=base.encoder", "generator=base.unet", "generator.width=4")
OFFERED = [component for shelf in catalog().components.values() for owners in shelf.items.values() for _, component in owners]
GIVEN = [component for component in OFFERED if component.at_work]


def request(wear: str, *changes: str, weights: Path | None = None) -> Request:
    return Request("copy", FULL, changes=[*SMALL, *changes, f"generator.wear={wear}"], weights=weights)


def trained(folder: Path) -> Path:
    """Weights of flow matching in six steps without guidance, as a training leaves them."""
    recipe, track = resolve(request("base.flow_matching"), catalog())
    bare = as_trained(recipe, catalog())
    about = {
        "architecture": bare.architecture(), "digest": bare.digest(), "track_digest": track.digest(),
        "recipe": "copy", "seed": "3", "steps": "7", "images_seen": "56", "precision": "no",
    }  # fmt: skip
    save_weights(build(recipe, track, catalog(), seed=3).model.state_dict(), folder / "weights.safetensors", about)
    return folder / "weights.safetensors"


def test_a_sampler_is_chosen_after_the_training(tmp_path: Path) -> None:
    images = {}
    for sampler in ("steps = 6", "steps = 2", "guidance = 3.0"):
        asked = request(f'{{ use = "base.flow_matching", {sampler} }}', weights=trained(tmp_path))
        recipe, track = resolve(asked, catalog())
        model = build(recipe, track, catalog()).model.eval()
        told = stored_weights(asked, recipe, track, model)
        assert (told.seed, told.steps, told.images_seen) == (3, 7, 56), "it is the same training"
        with torch.no_grad():
            images[sampler] = model(make_pair((64, 64), regions=20)).image
    first, *others = images.values()
    assert all(not torch.equal(first, other) for other in others)


@pytest.mark.parametrize("wear", ['{ use = "base.flow_matching", drop = 0.2 }', '["base.over", "base.flow_matching"]'])
def test_what_was_trained_otherwise_does_not_fit(tmp_path: Path, wear: str) -> None:
    asked = request(wear, weights=trained(tmp_path))
    recipe, track = resolve(asked, catalog())
    with pytest.raises(ZooError, match="parts or options differ"):
        stored_weights(asked, recipe, track, build(recipe, track, catalog()).model)


@pytest.mark.parametrize("component", GIVEN, ids=lambda component: component.name)
def test_they_are_options(component: Component) -> None:
    assert component.at_work <= options_model(component, import_component(component)).model_fields.keys()


def test_there_are_some() -> None:
    assert "base.flow_matching" in [component.name for component in GIVEN]


def known_by(recipe: str, *changes: str) -> str:
    return as_trained(resolve(Request(recipe, changes=[*changes]), catalog())[0], catalog()).digest()


def test_what_is_shown_and_told_at_test_alone_makes_no_other_training() -> None:
    assert known_by("scmnet", "sources=3", "shown=1") == known_by("scmnet", "sources=3") != known_by("scmnet")
    assert known_by("spgnet", "oracle=true") == known_by("spgnet"), "phases say which parsing they feed"
    assert known_by("scmnet", "oracle=true") != known_by("scmnet"), "without a transform the truth is what it learns from"
