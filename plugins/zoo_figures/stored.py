"""The weights that travel with the package. Never random ones in their place."""

import hashlib
import json
from pathlib import Path
from typing import Any

import safetensors.torch
from torch import nn

from zoo.errors import ZooError

FOLDER = Path(__file__).parent / "weights"
FACTS = "accuracy.json"  # per net: sha256, measured accuracy, how it was trained


def facts(name: str, folder: Path) -> dict[str, Any]:
    """What is recorded of the net `name`."""
    try:
        found: dict[str, Any] = json.loads((folder / FACTS).read_text())[name]
    except (OSError, ValueError, KeyError) as error:
        raise _broken(name, folder / FACTS, f"no record of it: {error!r}") from error
    return found


def restore(net: nn.Module, name: str, folder: Path | None = None) -> None:
    """Fill `net`, strictly, from `name`.safetensors; ZooError when it is missing, another file, or does not fit."""
    folder = folder or FOLDER
    path = folder / f"{name}.safetensors"
    expected = facts(name, folder)["sha256"]
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _broken(name, path, f"cannot be read: {error.strerror}") from error
    if (digest := hashlib.sha256(content).hexdigest()) != expected:
        raise _broken(name, path, f"sha256 is {digest[:12]}..., expected {expected[:12]}...")
    try:
        net.load_state_dict({key: value.float() for key, value in safetensors.torch.load(content).items()}, strict=True)
    except RuntimeError as error:
        raise _broken(name, path, f"does not fit the net: {str(error).splitlines()[0]}") from error


def _broken(name: str, path: Path, why: str) -> ZooError:
    return ZooError(
        f"weights of figures.{name}: {why}",
        where=str(path),
        fix="reinstall the package, or train them anew: python benchmarks/train_figures_nets.py",
    )
