"""Backbones of timm as feature nets: their own maps under VGG's names, and no weights but those of a named file."""

import hashlib
from pathlib import Path

import pytest
import safetensors.torch
import timm
import torch
from torch import Tensor

from tests.support import make_person
from zoo.errors import ZooError
from zoo.interfaces import Context
from zoo.recipes.catalog import catalog
from zoo.regions import vocabulary
from zoo.testing.bench import Bench
from zoo.testing.contracts import CONTRACTS
from zoo.testing.holding import Promise
from zoo_base.backbones import TimmEncoder, TimmFeatures

CONTEXT = Context(size=(64, 48), regions=vocabulary("scm8"))
LITE, TINY = "tf_efficientnet_lite0.in1k", "vit_tiny_patch16_224"


def untrained(model: str) -> TimmFeatures:
    torch.manual_seed(0)
    return TimmFeatures(CONTEXT, model=model, untrained=True)


def image(height: int = 64, width: int = 48) -> Tensor:
    return torch.rand(2, 3, height, width, generator=torch.Generator().manual_seed(0)) * 2 - 1


@pytest.mark.parametrize("model", [LITE, "convnext_atto", TINY])
def test_layers_have_vggs_names_and_strides(model: str) -> None:
    net = untrained(model)
    assert [net.layers[f"relu{s}_1"][1] for s in range(1, 6)] == [1, 2, 4, 8, 16]
    for name, found in net(image(), net.layers).items():
        channels, stride = net.layers[name]
        assert found.shape == (2, channels, 64 // stride, 48 // stride), name
    assert not net.backbone.net.training and not any(p.requires_grad for p in net.parameters())


def test_the_finest_map_that_is_coarse_enough_stands_for_a_stage() -> None:
    assert [*untrained(LITE).backbone.levels.values()] == [0, 0, 1, 2, 3]  # of strides 2, 4, 8, 16, 32
    assert [*untrained("convnext_atto").backbone.levels.values()] == [0, 0, 0, 1, 2]  # of 4, 8, 16, 32
    assert [*untrained(TINY).backbone.levels.values()] == [1, 4, 6, 9, 11]  # of twelve blocks, all of 16


def test_a_transformer_of_another_patch_is_shown_a_picture_in_which_it_is_16() -> None:
    net = untrained("vit_small_patch14_dinov2")
    assert net(image(64, 48), ["relu5_1"])["relu5_1"].shape == (2, 384, 4, 3)


def test_gradients_reach_the_image() -> None:
    net = untrained(TINY)
    photo = image().requires_grad_()
    net(photo, ["relu2_1"])["relu2_1"].sum().backward()
    assert photo.grad is not None and photo.grad.abs().sum() > 0
    assert net(photo, []) == {}


def saved(path: Path, model: str) -> str:
    torch.manual_seed(1)
    safetensors.torch.save_file(timm.create_model(model).state_dict(), path)  # with its classifier, as it is published
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_weights_are_the_files(tmp_path: Path) -> None:
    path = tmp_path / "lite0.safetensors"
    net = TimmFeatures(CONTEXT, weights=str(path), sha256=saved(path, LITE))
    theirs = timm.create_model(LITE, features_only=True).eval()
    theirs.load_state_dict(safetensors.torch.load_file(path), strict=False)
    seen = ((image() + 1) / 2 - torch.tensor(theirs.pretrained_cfg["mean"]).view(3, 1, 1)) / torch.tensor(
        theirs.pretrained_cfg["std"]
    ).view(3, 1, 1)
    assert torch.allclose(net(image(), ["relu4_2"])["relu4_2"], theirs(seen)[2], atol=1e-4)


def test_no_weights_wrong_weights_and_weights_of_another_model_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "lite0.safetensors"
    digest = saved(path, LITE)
    for options, what in (
        ({}, "no weights are named"),
        ({"weights": str(path)}, f'write sha256 = "{digest}"'),
        ({"weights": str(path), "sha256": digest, "model": "tf_efficientnet_lite1"}, "does not hold the model"),
        ({"weights": str(path), "sha256": digest, "model": "tf_efficientnet_lite"}, "unknown architecture"),
        ({"weights": str(path), "sha256": digest, "model": "convnext_atto.none"}, "unknown architecture"),
        ({"weights": f"hf:me/net@{'c' * 40}:x.safetensors"}, "has not been fetched"),
    ):
        with pytest.raises(ZooError, match=what), pytest.MonkeyPatch.context() as patch:
            patch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
            TimmFeatures(CONTEXT, **options)  # type: ignore[arg-type]


def test_an_encoder_hands_on_maps_of_the_strides_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "lite0.safetensors"
    encoder = TimmEncoder(CONTEXT, weights=str(path), sha256=saved(path, LITE), strides=(2, 8, 16), width=12)
    style = encoder.train()(make_person((64, 48)))
    assert encoder.spec.strides == (2, 8, 16)
    assert [level.shape for level in style.pyramid] == [(2, 12, 32, 24), (2, 12, 8, 6), (2, 12, 4, 3)]
    assert style.codes.shape == (2, 8, 12)
    assert {name.split(".")[0] for name, p in encoder.named_parameters() if p.requires_grad} == {"heads"}


def test_an_encoder_trains_along_where_it_is_asked_to() -> None:
    encoder = TimmEncoder(CONTEXT, model="test_convnext", untrained=True, tuned=True)
    encoder(make_person((64, 48))).pyramid[0].sum().backward()
    assert any(p.grad is not None and p.grad.abs().sum() > 0 for p in encoder.backbone.parameters())
    with pytest.raises(ZooError, match="random weights that does not train"):
        TimmEncoder(CONTEXT, untrained=True)
    for strides in ((), (8, 4), (3,)):
        with pytest.raises(ZooError, match=r"style\.strides is"):
            TimmEncoder(CONTEXT, untrained=True, tuned=True, strides=strides)


@pytest.mark.parametrize("promise", CONTRACTS["style"], ids=lambda promise: promise.__name__)
def test_a_tuned_encoder_keeps_the_promises_of_its_kind(promise: Promise) -> None:
    options = {"model": "test_convnext", "untrained": True, "tuned": True}
    promise(Bench(catalog(), catalog().component("style", "base.timm"), options))
