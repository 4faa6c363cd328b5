"""The published networks that scores are measured with, from the files that `zoo.store.networks` finds."""

from collections.abc import Mapping

import torch
import torchvision
from torch import Tensor, nn

from zoo.errors import ZooError, unknown
from zoo.interfaces import Frozen
from zoo.scoring.inception import Inception
from zoo.store.networks import tensors
from zoo.store.registry import NetworkEntry, find_network
from zoo.store.tensors import mismatches, under

# The modules of `features` after which LPIPS looks (Zhang et al., CVPR 2018): the last ReLU before each pooling.
_TAPS = {"alexnet": (1, 4, 7, 9, 11), "vgg16": (3, 8, 15, 22, 29), "vgg19": (3, 8, 17, 26, 35)}
_INCEPTIONS = {"inception-2015": True, "inception-imagenet": False}  # is it the graph of 2015?
NETWORKS = (*_INCEPTIONS, *_TAPS)


def network(name: str, device: torch.device | str = "cpu") -> "Inception | Convolutions":
    """One of `NETWORKS`, filled from its file, frozen.

    "inception-2015" and "inception-imagenet" are `Inception`s; "alexnet", "vgg16" and "vgg19" are `Convolutions`. ZooError with
    the command that fetches the file where it is absent; or where it is another file, or does not fit.
    """
    if name in _INCEPTIONS:
        return _inception(find_network(name), graph=_INCEPTIONS[name]).to(device)
    if name in _TAPS:
        return _convolutions(find_network(name)).to(device)
    raise unknown("network of scores", name, NETWORKS, where="registry.toml: networks")


class Convolutions(Frozen):
    """The convolutions of a classifier of torchvision, and where to look at them."""

    def __init__(self, features: nn.Sequential, taps: tuple[int, ...]) -> None:
        super().__init__()
        self.features, self.taps = features[: taps[-1] + 1], frozenset(taps)
        self.requires_grad_(False).eval()

    def forward(self, image: Tensor) -> list[Tensor]:
        """Images (B,3,H,W) as ImageNet's are normalised -> five maps, the finest first."""
        maps = []
        for place, module in enumerate(self.features):
            image = module(image)
            if place in self.taps:
                maps.append(image)
        return maps


def _inception(entry: NetworkEntry, *, graph: bool) -> Inception:
    found = tensors(entry)
    with torch.device("meta"):  # nothing is drawn only to be overwritten
        net = Inception(graph=graph)
    _fill(net.classes, under(found, "fc."), entry)
    _fill(net.net, {name: value for name, value in found.items() if not name.startswith(("fc.", "AuxLogits."))}, entry)
    return net


def _convolutions(entry: NetworkEntry) -> Convolutions:
    with torch.device("meta"):
        features: nn.Sequential = getattr(torchvision.models, entry.name)(weights=None).features
    _fill(features, under(tensors(entry), "features."), entry)
    return Convolutions(features, _TAPS[entry.name])


def _fill(net: nn.Module, found: Mapping[str, Tensor], entry: NetworkEntry) -> None:
    """Put the tensors themselves into the net; files from before 2018 did not count a normalisation's batches."""
    uncounted = {name: torch.tensor(0) for name in net.state_dict() if name.endswith(".num_batches_tracked")}
    state = {**uncounted, **found}
    if problems := mismatches(net.state_dict(), state):
        what = f"{entry.file} does not hold {entry.name}: {problems}"
        raise ZooError(what, where="registry.toml: networks", fix=f"fetch it again: zoo prefetch {entry.name}")
    net.load_state_dict(state, assign=True)
    net.requires_grad_(False)
