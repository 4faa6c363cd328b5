"""Published networks: the right file or an error that names it, and the architecture that its scores are known by."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from tests.scoring.stand_ins import Shelf, architecture, shelf
from zoo.errors import ZooError
from zoo.scoring.inception import Inception, normalised, prepared, resized, tf1_bilinear
from zoo.scoring.networks import NETWORKS, Convolutions, network
from zoo.store.networks import require

__all__ = ["shelf"]  # a fixture


def picture(*size: int) -> Tensor:
    return torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("name", NETWORKS)
def test_an_absent_network_is_named_with_its_file_hash_and_command(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("ZOO_NETWORKS", "TORCH_HOME", "HF_HUB_CACHE"):
        monkeypatch.setenv(variable, str(tmp_path))
    with pytest.raises(ZooError, match=r"not here: \S+\.pth, [0-9,]+ bytes, sha256 [0-9a-f]{64}") as error:
        network(name)
    assert f"zoo prefetch {name}" in error.value.fix


def test_an_unknown_network_has_a_nearest_name() -> None:
    with pytest.raises(ZooError, match="unknown network") as error:
        network("vgg18")
    assert "vgg1" in error.value.fix


@pytest.mark.parametrize("name", ["alexnet", "vgg16", "vgg19"])
def test_classifiers_are_looked_at_before_each_pooling(name: str, shelf: Shelf) -> None:
    shelf(name)
    net = network(name)
    assert isinstance(net, Convolutions) and not any(p.requires_grad for p in net.parameters())
    maps = net(picture(64, 64))
    widths = (64, 192, 384, 256, 256) if name == "alexnet" else (64, 128, 256, 512, 512)
    assert tuple(m.shape[1] for m in maps) == widths and all(m.min() >= 0 for m in maps)
    theirs = architecture(name).features.eval()  # the same random weights
    assert torch.allclose(maps[-1], theirs[: max(net.taps) + 1](picture(64, 64)))


def test_torchvisions_inception_is_torchvisions(shelf: Shelf) -> None:
    from torchvision.models import inception_v3

    theirs = inception_v3(weights=None, init_weights=False).eval()  # with the auxiliary head its file has
    mine = architecture("inception-imagenet").state_dict()
    theirs.load_state_dict(mine, strict=False)
    shelf("inception-imagenet", theirs)
    net = network("inception-imagenet")
    features, logits = net(picture(299, 299))
    assert features.shape == (1, 2048) and logits.shape == (1, 1000)
    assert torch.allclose(logits + theirs.fc.bias, theirs(picture(299, 299)), atol=1e-4)


def test_the_graph_of_2015_is_torch_fidelitys(shelf: Shelf) -> None:
    fidelity = pytest.importorskip("torch_fidelity.feature_extractor_inceptionv3", reason="torch-fidelity is not installed")
    entry = shelf("inception-2015")
    names = ["2048", "logits_unbiased"]
    theirs = fidelity.FeatureExtractorInceptionV3("stand-in", names, feature_extractor_weights_path=str(require(entry)))
    image = (picture(120, 80) * 255).byte()
    features, logits = network("inception-2015")(prepared(image / 255, "tf1", "graph"))
    expected = theirs(image)
    assert expected[0].std() > 0.01
    assert torch.allclose(features, expected[0], atol=1e-3) and torch.allclose(logits, expected[1], atol=1e-3)


def test_the_two_inceptions_differ_in_their_pools() -> None:
    first, second = Inception(graph=True), Inception(graph=False)
    second.net.load_state_dict(first.net.state_dict())
    with torch.no_grad():
        assert not torch.allclose(first(picture(299, 299))[0], second(picture(299, 299))[0])


def test_a_file_of_another_network_does_not_fit(shelf: Shelf) -> None:
    shelf("vgg16", architecture("vgg19"))
    with pytest.raises(ZooError, match=r"does not hold vgg16: 17\.weight is missing"):
        network("vgg16")


@pytest.mark.parametrize("cut", [False, True])
def test_a_changed_or_truncated_file_is_refused_before_it_is_read(shelf: Shelf, cut: bool) -> None:
    path = require(shelf("alexnet"))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] if cut else content[:-1] + b"x")
    with pytest.raises(ZooError, match=r"sha256 [0-9a-f]{64}, expected") as error:
        network("alexnet")
    assert ("broken off" in error.value.what) == cut and "zoo prefetch alexnet" in error.value.fix


class Evil:
    """What no reader may run."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return pytest.fail, ("a pickle ran code",)


@pytest.mark.parametrize("content", [Evil(), {"features.0.weight": Evil()}, [torch.zeros(1)], {"a": 1}])
def test_a_pickle_is_tensors_or_nothing(shelf: Shelf, content: object) -> None:
    class Strange(nn.Module):
        def state_dict(self) -> object:  # type: ignore[override]
            return content

    shelf("alexnet", Strange())
    with pytest.raises(ZooError, match=r"holds (no|more than) tensors"):
        network("alexnet")


def test_resizing_as_tensorflow_1() -> None:
    ramp = torch.arange(4.0).view(1, 1, 1, 4).expand(1, 1, 4, 4)
    assert torch.equal(tf1_bilinear(ramp, (4, 8))[0, 0, 0], torch.tensor([0, 0.5, 1, 1.5, 2, 2.5, 3, 3]))
    interpolate = pytest.importorskip("torch_fidelity.interpolate_compat_tensorflow", reason="torch-fidelity is not installed")
    for size in ((256, 176), (32, 32), (299, 299), (400, 301)):
        image = picture(*size) * 255
        theirs = interpolate.interpolate_bilinear_2d_like_tensorflow1x(image, (299, 299), align_corners=False)
        assert torch.allclose(tf1_bilinear(image, (299, 299)), theirs, atol=1e-3)


@pytest.mark.parametrize("resize", ["tf1", "bilinear", "bilinear-antialias", "bicubic-antialias"])
def test_a_flat_image_stays_flat(resize: str) -> None:
    flat = torch.full((1, 3, 256, 176), 0.4)
    assert torch.allclose(resized(flat, resize), torch.full((1, 3, 299, 299), 0.4), atol=1e-5)  # type: ignore[arg-type]


def test_what_gfla_feeds_its_inception() -> None:
    ends = normalised(torch.tensor([0.0, 1.0]).view(1, 1, 1, 2).expand(1, 3, 1, 2), "gfla")[0, :, 0]
    assert torch.allclose(ends, torch.tensor([[-0.03, 0.428], [-0.088, 0.36], [-0.188, 0.262]]))
    assert torch.allclose(normalised(torch.tensor([[[[0.0]]], [[[1.0]]]]), "graph").flatten(), torch.tensor([-1, 127 / 128]))
    assert torch.equal(normalised(torch.tensor([0.0, 1.0]), "unit"), torch.tensor([-1.0, 1.0]))
