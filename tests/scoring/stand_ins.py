"""Networks of the published architectures with random weights, in files such as torch.save writes. They measure nothing."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
import torchvision
from torch import nn

import zoo.store.networks as networks
import zoo.store.registry as module
from zoo.documents.reading import file_sha256
from zoo.scoring.inception import Inception
from zoo.store.registry import NetworkEntry, Registry, registry

Shelf = Callable[..., NetworkEntry]


def _inception(graph: bool) -> nn.Module:
    net = Inception(graph=graph)
    net.net.fc = net.classes
    return net.net


def _features(name: str) -> nn.Module:
    whole = nn.Module()
    with torch.device("meta"):
        whole.features = getattr(torchvision.models, name)(weights=None).features
    return whole.to_empty(device="cpu")


def architecture(name: str) -> nn.Module:
    """The network called `name` with random weights that let a signal through; of classifiers the convolutions alone."""
    net = _inception(name == "inception-2015") if name.startswith("inception") else _features(name)
    generator = torch.Generator().manual_seed(0)
    for key, value in net.state_dict().items():
        if value.ndim > 1:
            value.normal_(0, math.sqrt(2 / value[0].numel()), generator=generator)
        elif value.is_floating_point():
            value.fill_(0 if key.endswith(("bias", "running_mean")) else 1)
    return net


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """`shelf(name, net)` puts a stand-in where networks are looked for, and what it is into the registry; returns the entry."""
    folder = tmp_path / "networks"
    monkeypatch.setenv(networks.FOLDER, str(folder))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    entries = {entry.name: entry for entry in registry().networks}

    def put(name: str, net: nn.Module | None = None, **changes: Any) -> NetworkEntry:
        path = folder / entries[name].file
        path.parent.mkdir(parents=True, exist_ok=True)
        state = (net or architecture(name)).state_dict()
        if path.suffix == ".safetensors":
            safetensors.torch.save_file(state, path, {"format": "pt"})
        else:
            torch.save(state, path)
        changes = {"sha256": file_sha256(path), "size": path.stat().st_size, **changes}
        entries[name] = entries[name].model_copy(update=changes)
        changed = registry_of([*entries.values()])
        monkeypatch.setattr(module, "registry", lambda: changed)
        return entries[name]

    def registry_of(found: list[NetworkEntry]) -> Registry:
        return shipped.model_copy(update={"networks": found})

    shipped = registry()
    return put
