"""The nets of Figures: stored weights, layer shapes, and how well judge and detector see."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from zoo.errors import ZooError
from zoo.interfaces import Context
from zoo.ops.maps import heat_maps, scale_joints
from zoo.regions import vocabulary
from zoo_base.stored import FACTS, Stored
from zoo_figures.codec import FigureCodec
from zoo_figures.dataset import People
from zoo_figures.nets import Features, FigureDetector, FigureJudge, soft_argmax
from zoo_figures.stored import STORED

CONTEXT = Context(size=(64, 64), regions=vocabulary("cihp20"))


def test_layers_have_vgg_names_and_shapes() -> None:
    net = Features(CONTEXT)
    found = net(torch.zeros(2, 3, 64, 48), net.layers)
    assert list(found) == [f"relu{s}_{c}" for s, n in enumerate((2, 2, 4, 4, 4), 1) for c in range(1, n + 1)]
    for name, (channels, stride) in net.layers.items():
        assert found[name].shape == (2, channels, 64 // stride, 48 // stride) and found[name].min() >= 0


def test_stops_after_the_deepest_layer_asked_for() -> None:
    net = Features(CONTEXT)
    calls: list[nn.Module] = []
    for module in net.features:
        module.register_forward_hook(lambda module, _, __: calls.append(module))
    assert list(net(torch.zeros(1, 3, 32, 32), ["relu2_1", "relu1_1"])) == ["relu1_1", "relu2_1"]
    assert len(calls) == 7
    assert net(torch.zeros(1, 3, 32, 32), []) == {}


def test_frozen_but_gradients_flow_to_the_image() -> None:
    image = torch.rand(1, 3, 32, 32, requires_grad=True)
    net = Features(CONTEXT)
    net(image, ["relu5_1"])["relu5_1"].sum().backward()
    assert image.grad is not None and image.grad.abs().sum() > 0
    assert not any(
        p.requires_grad for module in (net, FigureJudge(CONTEXT), FigureDetector(CONTEXT)) for p in module.parameters()
    )


def test_unknown_layer_is_named() -> None:
    with pytest.raises(ZooError, match="relu4_2"):
        Features(CONTEXT)(torch.zeros(1, 3, 32, 32), ["relu4_22"])


def test_layers_match_torchvision_vgg19() -> None:
    from torchvision.models import vgg19

    from zoo_base.vgg import VGGLayout

    theirs = vgg19(weights=None).features.eval()
    ours = VGGLayout((64, 128, 256, 512, 512), mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
    ours.load_state_dict({f"features.{k}": v for k, v in theirs.state_dict().items()}, strict=True)
    image = torch.rand(1, 3, 32, 32) * 2 - 1
    mean, std = (torch.tensor(v).view(3, 1, 1) for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    with torch.no_grad():
        found = ours(image, ["relu3_1", "relu5_4"])
        x = (image * 0.5 + 0.5 - mean) / std
        assert torch.allclose(found["relu3_1"], theirs[:12](x), atol=1e-5)
        assert torch.allclose(found["relu5_4"], theirs[:36](x), atol=1e-5)


@pytest.mark.parametrize("damage", ["missing", "corrupt", "unrecorded", "foreign"])
def test_bad_weights_are_refused(damage: str, tmp_path: Path) -> None:
    folder = tmp_path / "weights"
    shutil.copytree(STORED.folder, folder)
    path, name = folder / "judge.safetensors", "judge"
    if damage == "missing":
        path.unlink()
    elif damage == "corrupt":
        path.write_bytes(path.read_bytes()[:-1] + b"?")
    elif damage == "unrecorded":
        (folder / FACTS).write_text("{}")
    else:
        name = "features"
    with pytest.raises(ZooError, match="weights of figures"):
        Stored("figures", folder, "train.py").restore(FigureJudge(CONTEXT, weights=False), name)


@pytest.mark.parametrize("size", [(64, 64), (128, 64), (256, 256)])
def test_the_judge_sees_people_of_any_size(size: tuple[int, int]) -> None:
    data = People(Context(size=size, regions=CONTEXT.regions), test_people=8, test_pairs=8)
    person = data.load("test", torch.arange(16) * 3, torch.arange(16) * 3).source
    assert person.image is not None and person.parsing is not None
    judged = FigureJudge(CONTEXT)(person.image)
    assert judged.features.shape == (16, 96) and judged.confidence.shape == (16, 18)
    torch.testing.assert_close(FigureJudge(CONTEXT).features(person.image), judged.features)
    assert judged.parsing.shape == (16, 20, *size)
    miss = (judged.joints - person.joints).norm(dim=-1)[
        person.visible
    ]  # thin people at 128 x 64 are 32 pixels wide to the judge
    assert (miss < 0.06 * size[0]).float().mean() > 0.8
    assert (judged.parsing.argmax(1) == person.parsing.argmax(1)).float().mean() > 0.9


@pytest.mark.parametrize("size", [(64, 64), (128, 128)])
def test_the_detector_draws_the_joints_it_sees(size: tuple[int, int]) -> None:
    data = People(Context(size=size, regions=CONTEXT.regions), test_people=8, test_pairs=8)
    person = data.load("test", torch.arange(16) * 3, torch.arange(16) * 3).source
    assert person.image is not None
    detector = FigureDetector(CONTEXT)
    maps = detector(person.image)
    wanted = heat_maps(scale_joints(person.joints, size, maps.shape[2:]), person.visible, maps.shape[2:], detector.sigma)
    error = (maps - wanted).square().mean()
    assert error < 0.4 * wanted.square().mean() and error < 0.5 * (maps.roll(1, 0) - wanted).square().mean()


def test_features_feel_clothes_more_than_noise() -> None:
    data = People(CONTEXT, test_people=12, test_pairs=12)
    image = data.load("test", torch.arange(12) * 6, torch.arange(12) * 6).source.image
    assert image is not None
    judge = FigureJudge(CONTEXT)
    here, noisy = (
        judge(image).features,
        judge(image + 0.03 * torch.randn(image.shape, generator=torch.Generator().manual_seed(0))).features,
    )
    between = torch.cdist(here, here)[~torch.eye(12, dtype=torch.bool)].mean()
    assert (here - noisy).norm(dim=1).mean() < 0.5 * between


def test_soft_argmax_finds_the_pixel() -> None:
    heat = torch.full((1, 18, 16, 16), -50.0)
    heat[..., 3, 10] = 50.0
    assert torch.allclose(soft_argmax(heat, (64, 64)), torch.tensor([41.5, 13.5]).expand(1, 18, 2), atol=1e-3)


def test_listing_imports_no_torch() -> None:
    import subprocess
    import sys

    code = "import sys, zoo_figures; list(zoo_figures.zoo_components()); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_codec_leads_there_and_back() -> None:
    people = People(CONTEXT, test_people=6, test_pairs=6)
    image = people.load("test", torch.arange(12), torch.arange(12)).source.image
    assert image is not None
    codec = FigureCodec(CONTEXT)
    latent = codec.encode(image)
    assert latent.shape == (12, 8, 16, 16) and latent.mean().abs() < 0.3 and 0.7 < latent.std() < 1.3
    error = (codec.decode(latent) - image).square().mean((1, 2, 3)) / 4
    assert -10 * error.log10().mean() > 27


@pytest.mark.parametrize(("size", "background", "least"), [((256, 256), "plain", 31), ((128, 64), "clutter", 25)])
def test_the_codec_leads_there_and_back_at_other_sizes(size: tuple[int, int], background: str, least: float) -> None:
    context = replace(CONTEXT, size=size)
    people = People(context, test_people=1, test_pairs=6, background=background)
    image = people.load("test", torch.arange(2), torch.arange(2)).source.image
    assert image is not None
    codec = FigureCodec(context)
    error = (codec.decode(codec.encode(image)) - image).square().mean((1, 2, 3)) / 4
    assert -10 * error.log10().mean() > least
