"""Weights that travel with a plugin, and what is recorded of them. Never random ones in their place."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
from torch import nn

from zoo.errors import ZooError

FACTS = "accuracy.json"  # per net: sha256, measured accuracy, how it was trained


@dataclass(frozen=True)
class Stored:
    """The nets NAME.safetensors of a plugin, fp16, in one folder with `FACTS` beside them."""

    plugin: str  # as in the names of its components
    folder: Path
    script: str  # trains them anew

    def facts(self, name: str) -> dict[str, Any]:
        """What is recorded of the net `name`."""
        try:
            found: dict[str, Any] = json.loads((self.folder / FACTS).read_text())[name]
        except (OSError, ValueError, KeyError) as error:
            raise self._broken(name, self.folder / FACTS, f"no record of it: {error!r}") from error
        return found

    def restore(self, net: nn.Module, name: str) -> None:
        """Fill `net`, strictly, and freeze it; ZooError when the file is missing, another one, or does not fit."""
        path = self.folder / f"{name}.safetensors"
        expected = self.facts(name)["sha256"]
        try:
            content = path.read_bytes()
        except OSError as error:
            raise self._broken(name, path, f"cannot be read: {error.strerror}") from error
        if (digest := hashlib.sha256(content).hexdigest()) != expected:
            raise self._broken(name, path, f"sha256 is {digest[:12]}..., expected {expected[:12]}...")
        try:
            net.load_state_dict({k: v.float() for k, v in safetensors.torch.load(content).items()}, strict=True)
        except RuntimeError as error:
            raise self._broken(name, path, f"does not fit the net: {str(error).splitlines()[0]}") from error
        net.requires_grad_(False).eval()

    def _broken(self, name: str, path: Path, why: str) -> ZooError:
        return ZooError(
            f"weights of {self.plugin}.{name}: {why}",
            where=str(path),
            fix=f"reinstall the package, or train them anew: python {self.script}",
        )
