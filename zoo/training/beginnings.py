"""What the first phases of a run come to, kept where ZOO_PHASES names a folder: runs that begin alike train them once.

Nothing of it changes a bit: what is kept is known by everything that it depends on, down to the machine; but for code that
somebody changes, of which a checkpoint knows nothing either.
"""

import hashlib
import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from zoo.documents.files import PHASES
from zoo.documents.voice import tell
from zoo.errors import ZooError
from zoo.model import Model
from zoo.recipes.beginnings import Beginning, beginnings
from zoo.recipes.recipe import Recipe
from zoo.store.checkpoint import Checkpoint, frozen_digest
from zoo.store.folder import CHECKPOINT
from zoo.store.tensors import State
from zoo.training import processes
from zoo.training.times import read_seconds, write_seconds


@dataclass(frozen=True)
class Begun:
    """A beginning, and where it lies once somebody has trained it."""

    beginning: Beginning
    folder: Path
    identity: Mapping[str, str | int]

    @property
    def path(self) -> Path:
        return self.folder / CHECKPOINT

    def take(self, state: State) -> float | None:
        """Copy it into a run's `state`, and say how many seconds it took; None where nobody has left it, or it is damaged."""
        if not processes.on_main(self.path.exists):
            return None
        try:
            seconds = read_seconds(self.folder)
            Checkpoint.load(self.path, self.identity, steps=self.beginning.end).restore(self._of(state), self.path)
        except ZooError as error:
            tell(f"warning: what is kept of {self.told} is not taken: {error}")
            return None
        tell(f"{self.told}: taken from a run that begins alike, {self.beginning.end} steps")
        return seconds

    def leave(self, state: State, seconds: float) -> None:
        """Keep a run's `state` at the beginning's end for others. Where that fails, they train it themselves."""
        if not processes.is_main():
            return
        try:
            write_seconds(self.folder, seconds)  # first: nobody takes it without
            Checkpoint(self._of(state), self.beginning.end, self.identity).save(self.path)
        except ZooError as error:
            tell(f"warning: {self.told} cannot be kept for runs that begin alike: {error}")

    @property
    def told(self) -> str:
        return f"phase{'s' * (len(self.beginning.phases) > 1)} {', '.join(self.beginning.phases)}"

    def _of(self, state: State) -> State:
        """What the phases can have changed: "model/style.net.weight", "losses/rec.net.weight", "average/..."."""
        places = {"model": self.beginning.parts, "average": self.beginning.parts, "losses": self.beginning.losses}
        starts = tuple(f"{group}/{name}." for group, names in places.items() for name in names)
        return {name: value for name, value in state.items() if name.startswith(starts)}


def kept_beginnings(
    recipe: Recipe, model: Model, losses: nn.ModuleDict, identity: Mapping[str, str | int], steps: int, device: torch.device
) -> list[Begun]:
    """The beginnings of a run of so many steps, the shortest first; none where ZOO_PHASES names no folder.

    `identity` is what a run depends on besides its phases: data, seed, batch, precision.
    """
    place = os.environ.get(PHASES)
    return [_begun(b, Path(place), model, losses, identity, device) for b in beginnings(recipe, steps)] if place else []


def _begun(
    beginning: Beginning, place: Path, model: Model, losses: nn.ModuleDict, identity: Mapping[str, str | int],
    device: torch.device,
) -> Begun:  # fmt: skip
    used = [*(getattr(model, part) for part in beginning.parts), *(losses[name] for name in beginning.losses)]
    frozen = frozen_digest(*(part for part in used if isinstance(part, nn.Module)))
    whole = {**identity, "set of frozen nets": frozen, "phases": beginning.digest, "machine": _machine(device)}
    name = hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()[:32]
    return Begun(beginning, place / name, whole)


def _machine(device: torch.device) -> str:
    """What the last bit of a sum depends on: who adds, in how many threads, by which PyTorch."""
    adds = torch.cuda.get_device_name(device) if device.type == "cuda" else f"{device.type}, {torch.get_num_threads()} threads"
    return f"{platform.node()}, {adds}, {processes.count()} processes, torch {torch.__version__}"
