"""Everything a killed run needs to go on exactly, in one safetensors file that is replaced atomically."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from zoo.errors import ZooError
from zoo.interfaces import Frozen
from zoo.store.tensors import State, read_tensors, write_tensors


@dataclass(frozen=True)
class Checkpoint:
    """Named groups of tensors ("model", "losses", ...), the step they belong to, and the run's identity."""

    groups: Mapping[str, State]
    step: int  # steps done
    seconds: float  # spent training so far
    identity: Mapping[str, Any]  # what must be equal for a run to go on from here

    def save(self, path: Path) -> None:
        """Replace `path`; when that fails (a full disk), a ZooError, and the previous checkpoint is untouched."""
        tensors = {f"{group}/{name}": value for group, state in self.groups.items() for name, value in state.items()}
        header = {"step": self.step, "seconds": self.seconds, "identity": dict(self.identity)}
        write_tensors(path, tensors, {"zoo": json.dumps(header)})


def load_checkpoint(path: Path, identity: Mapping[str, Any]) -> Checkpoint:
    """Read a checkpoint; ZooError when it is damaged or belongs to another run."""
    tensors, metadata = read_tensors(path)
    try:
        header = json.loads(metadata["zoo"])
        checkpoint = Checkpoint(_grouped(tensors), header["step"], header["seconds"], header["identity"])
    except (KeyError, ValueError) as error:
        raise ZooError(f"{path.name} is not a checkpoint of this zoo", where=str(path), fix="choose another --out") from error
    for key, mine in identity.items():
        theirs = checkpoint.identity.get(key)
        if theirs != mine:
            raise ZooError(
                f"the run in this folder has another {key}: {theirs}, this one {mine}",
                where=str(path),
                fix=f"resume with the same {key}, or choose another --out",
                exit_code=2,
            )
    return checkpoint


def _grouped(tensors: State) -> dict[str, dict[str, Tensor]]:
    groups: dict[str, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        group, _, name = key.partition("/")
        groups.setdefault(group, {})[name] = value
    return groups


def loss_state(losses: nn.Module) -> dict[str, Tensor]:
    """What training changes in the losses: their trainable parameters and their buffers, frozen nets left out."""
    frozen = {name + "." for name, module in losses.named_modules(remove_duplicate=False) if isinstance(module, Frozen)}
    fixed = {name for name, parameter in losses.named_parameters(remove_duplicate=False) if not parameter.requires_grad}
    return {
        name: value for name, value in losses.state_dict().items() if name not in fixed and not name.startswith(tuple(frozen))
    }


def restore(module: nn.Module, state: State) -> None:
    """Copy a saved group into `module`, which may hold more (frozen nets), never less."""
    unexpected = module.load_state_dict(dict(state), strict=False).unexpected_keys
    assert not unexpected, f"the identity matches, yet the checkpoint has {unexpected}"
