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
from zoo_base.efficientnet_names import renamed

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


def test_tokens_that_are_no_patch_are_in_no_map() -> None:
    net = untrained("vit_wee_patch16_reg1_gap_256")
    assert net.backbone.net.num_prefix_tokens == 1  # a register
    assert net(image(), ["relu5_1"])["relu5_1"].shape == (2, net.layers["relu5_1"][0], 4, 3)


def test_a_net_of_one_size_is_shown_that_size() -> None:
    net, sizes = untrained("xcit_nano_12_p16_224"), []
    net.backbone.net.patch_embed.register_forward_pre_hook(lambda _, seen: sizes.append(tuple(seen[0].shape[-2:])))
    assert net(image(), ["relu4_1"])["relu4_1"].shape == (2, 128, 8, 6)
    assert sizes == [(224, 224)]


def test_a_net_that_cannot_read_the_size_is_named() -> None:
    with pytest.raises(ZooError, match="hrnet_w18_small of timm cannot read pictures of 64x48"):
        untrained("hrnet_w18_small")(image(), ["relu5_1"])


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


def test_weights_lie_in_an_installed_package_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "weights_of_lite0").mkdir()
    digest = saved(tmp_path / "weights_of_lite0" / "lite0.safetensors", LITE)
    monkeypatch.syspath_prepend(tmp_path)
    packed = TimmFeatures(CONTEXT, weights="package:weights_of_lite0/lite0.safetensors", sha256=digest)
    plain = TimmFeatures(CONTEXT, weights=str(tmp_path / "weights_of_lite0" / "lite0.safetensors"), sha256=digest)
    assert torch.equal(packed(image(), ["relu3_1"])["relu3_1"], plain(image(), ["relu3_1"])["relu3_1"])
    for address in ("package:weights_of_lite0/lite1.safetensors", "package:weights_of_lite9/lite0.safetensors"):
        with pytest.raises(ZooError, match=r"lies in an installed package"):
            TimmFeatures(CONTEXT, weights=address, sha256=digest)


def test_the_names_of_efficientnet_pytorch_are_understood() -> None:
    with torch.device("meta"):
        net = timm.create_model(LITE)
    pairs = {  # stages of timm hold 1, 2, 2, 3 ... blocks
        "_conv_stem.weight": "conv_stem.weight",
        "_bn0.running_var": "bn1.running_var",
        "_blocks.0._depthwise_conv.weight": "blocks.0.0.conv_dw.weight",
        "_blocks.0._bn1.bias": "blocks.0.0.bn1.bias",
        "_blocks.0._project_conv.weight": "blocks.0.0.conv_pw.weight",
        "_blocks.2._bn0.weight": "blocks.1.1.bn1.weight",
        "_blocks.4._bn1.running_mean": "blocks.2.1.bn2.running_mean",
        "_blocks.15._project_conv.weight": "blocks.6.0.conv_pwl.weight",
        "_conv_head.weight": "conv_head.weight",
        "_bn1.weight": "bn2.weight",
        "_fc.weight": "",  # no place: the classifier
        "_blocks.16._bn0.weight": "",  # nor a block that was left out
    }
    found = renamed({name: torch.tensor(float(n)) for n, name in enumerate(pairs)}, net)
    assert {name: int(value) for name, value in found.items()} == {n: i for i, n in enumerate(pairs.values()) if n}
    shapes = net.state_dict()
    assert set(found) <= set(shapes)
    assert renamed(shapes, net) is shapes


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
    torch.cat([level.flatten() for level in encoder(make_person((64, 48))).pyramid]).sum().backward()
    idle = [name for name, p in encoder.backbone.named_parameters() if p.grad is None]
    assert not idle, "what the maps do not need is left out"
    with pytest.raises(ZooError, match="random weights that does not train"):
        TimmEncoder(CONTEXT, untrained=True)
    for strides in ((), (8, 4), (3,)):
        with pytest.raises(ZooError, match=r"style\.strides is"):
            TimmEncoder(CONTEXT, untrained=True, tuned=True, strides=strides)


@pytest.mark.parametrize("promise", CONTRACTS["style"], ids=lambda promise: promise.__name__)
def test_a_tuned_encoder_keeps_the_promises_of_its_kind(promise: Promise) -> None:
    options = {"model": "test_convnext", "untrained": True, "tuned": True}
    promise(Bench(catalog(), catalog().component("style", "base.timm"), options))
