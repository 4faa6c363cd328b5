"""VGG-19 from a file: the right file or an error, never random weights."""

import hashlib
from pathlib import Path

import pytest
import safetensors.torch
import torch

from tests.scoring.stand_ins import Shelf, architecture, shelf
from zoo.errors import ZooError
from zoo.interfaces import Context
from zoo.regions import vocabulary
from zoo_base.features import VGG19

__all__ = ["shelf"]  # a fixture

CONTEXT = Context(size=(32, 32), regions=vocabulary("scm8"))
CONVS = ((0, 64, 3), (2, 64, 64), (5, 128, 64), (7, 128, 128), (10, 256, 128), *((i, 256, 256) for i in (12, 14, 16)),
         (19, 512, 256), *((i, 512, 512) for i in (21, 23, 25, 28, 30, 32, 34)))  # fmt: skip


def saved(path: Path, **changes: torch.Tensor) -> str:
    """A file with torchvision's names and shapes; returns its sha256."""
    tensors = {f"features.{i}.weight": torch.zeros(o, n, 3, 3) for i, o, n in CONVS}
    tensors |= {f"features.{i}.bias": torch.full((o,), 0.5) for i, o, _ in CONVS}
    safetensors.torch.save_file({**tensors, **changes}, path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_loads_torchvision_names_and_is_frozen(tmp_path: Path) -> None:
    path = tmp_path / "vgg19.safetensors"
    net = VGG19(CONTEXT, weights=str(path), sha256=saved(path))
    maps = net(torch.zeros(1, 3, 32, 32), ["relu1_2", "relu5_2"])
    assert maps["relu1_2"].shape == (1, 64, 32, 32) and maps["relu5_2"].shape == (1, 512, 2, 2)
    assert torch.equal(maps["relu5_2"], torch.full((1, 512, 2, 2), 0.5))
    assert not net.training and not any(p.requires_grad for p in net.parameters())


def test_the_published_file_is_what_is_loaded_where_none_is_named(shelf: Shelf) -> None:
    shelf("vgg19")
    net = VGG19(CONTEXT)
    assert torch.equal(net.features[0].weight, architecture("vgg19").features[0].weight)


def test_without_any_file_it_says_which_and_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("ZOO_NETWORKS", "TORCH_HOME"):
        monkeypatch.setenv(variable, str(tmp_path))
    with pytest.raises(ZooError, match=r"vgg19-dcbb9e9d\.pth") as error:
        VGG19(CONTEXT)
    assert "zoo prefetch vgg19" in error.value.fix
    with pytest.raises(ZooError, match="no file"):
        VGG19(CONTEXT, weights=str(tmp_path / "none.safetensors"))


def test_an_unknown_file_is_refused_with_its_hash(tmp_path: Path) -> None:
    path = tmp_path / "vgg19.safetensors"
    found = saved(path)
    with pytest.raises(ZooError, match=f'write sha256 = "{found}"'):
        VGG19(CONTEXT, weights=str(path))
    with pytest.raises(ZooError, match="expected abc"):
        VGG19(CONTEXT, weights=str(path), sha256="abc")


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vgg19.safetensors"
    digest = saved(path, **{"features.0.weight": torch.zeros(8, 3, 3, 3)})
    with pytest.raises(ZooError, match=r"VGG-19's convolutions: 0\.weight is \(8, 3, 3, 3\)"):
        VGG19(CONTEXT, weights=str(path), sha256=digest)
    path.write_bytes(b"not weights")
    with pytest.raises(ZooError, match="damaged or not a safetensors file"):
        VGG19(CONTEXT, weights=str(path), sha256=hashlib.sha256(b"not weights").hexdigest())
