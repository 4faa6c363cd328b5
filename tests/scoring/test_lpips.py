"""LPIPS: torchmetrics' on stand-ins, the authors' heads, and their own example where the published backbones are at hand."""

import pytest
import torch
from torch import Tensor

from tests.scoring.stand_ins import Shelf, shelf
from tests.support import SHARED, needs_shared
from zoo.errors import ZooError
from zoo.photos import open_photo, to_tensor
from zoo.scoring.lpips import LPIPS, Net
from zoo.scoring.pictures.needs import BACKBONES
from zoo.store.networks import find, tensors
from zoo.store.registry import find_network

__all__ = ["shelf"]  # a fixture

EXAMPLE = SHARED / "fixtures" / "lpips_examples"


def pictures() -> tuple[Tensor, Tensor]:
    drawn = torch.Generator().manual_seed(2)
    return torch.rand(2, 3, 64, 48, generator=drawn) * 2 - 1, torch.rand(2, 3, 64, 48, generator=drawn) * 2 - 1


@pytest.mark.parametrize("net", ["alex", "vgg"])
def test_it_is_torchmetrics_on_the_same_backbone(net: Net, shelf: Shelf) -> None:
    from torchmetrics.functional.image.lpips import _LPIPS

    shelf(BACKBONES[net])
    mine, theirs = LPIPS(net), _LPIPS(net=net, pnet_rand=True)
    slices = [module for part in range(1, 6) for module in getattr(theirs.net, f"slice{part}")]
    for module, filled in zip(slices, mine.backbone.features, strict=True):
        module.load_state_dict(filled.state_dict())
    first, second = pictures()
    distances = mine(first, second)
    assert distances.shape == (2,) and distances.min() > 0.01
    assert torch.allclose(distances, theirs(first, second).flatten(), atol=1e-5)
    assert torch.equal(mine(first, first), torch.zeros(2))
    assert torch.allclose(distances, mine(second, first))


@pytest.mark.parametrize("net", ["alex", "vgg"])
def test_the_heads_are_those_of_version_0_1(net: Net) -> None:
    heads = tensors(find_network(f"lpips-{net}"))  # its sha256 is that of the authors' weights/v0.1
    widths = {"alex": (64, 192, 384, 256, 256), "vgg": (64, 128, 256, 512, 512)}[net]
    assert tuple(heads[f"lin{i}.model.1.weight"].shape[1] for i in range(5)) == widths
    assert all(value.min() >= 0 for value in heads.values())  # or it were no distance


def test_without_the_backbone_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    for variable in ("ZOO_NETWORKS", "TORCH_HOME"):
        monkeypatch.setenv(variable, str(tmp_path))
    with pytest.raises(ZooError, match=r"alexnet-owt-7be5be79\.pth"):
        LPIPS("alex")


@needs_shared
@pytest.mark.parametrize("net", ["alex", "vgg"])
def test_the_authors_example_comes_out_in_their_order(net: Net) -> None:
    if find(find_network(BACKBONES[net])) is None:
        pytest.skip(f"{BACKBONES[net]} is not at hand: zoo prefetch {BACKBONES[net]}")
    reference, far, near = (to_tensor(open_photo(EXAMPLE / f"ex_{name}.png"))[None] for name in ("ref", "p0", "p1"))
    distance = LPIPS(net)
    assert distance(reference, near) < distance(reference, far)
