"""Everything a killed run needs to go on exactly, in one safetensors file that is replaced atomically."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import torch
from pydantic import Field, ValidationError
from torch import nn

from zoo.documents.strict import Strict
from zoo.errors import ZooError
from zoo.interfaces import Frozen
from zoo.store.tensors import State, digest, mismatches, read_tensors, write_tensors

_ANEW = "choose another --out, or begin anew with --force"


@dataclass(frozen=True)
class Checkpoint:
    """Tensors as "group/name" ("model/...", "losses/..."), the step they belong to, and the run's identity."""

    tensors: State
    step: int  # steps done
    identity: Mapping[str, Any]  # what must be equal for a run to go on from here

    def save(self, path: Path) -> None:
        """Replace `path`; when that fails (a full disk), a ZooError, and the previous checkpoint is untouched."""
        header = _Header(step=self.step, identity=dict(self.identity), sha256=self._sha256())
        write_tensors(path, self.tensors, {"zoo": header.model_dump_json()})

    def _sha256(self) -> str:
        about = json.dumps([self.step, dict(self.identity)], sort_keys=True)
        return hashlib.sha256((about + digest(self.tensors)).encode()).hexdigest()

    @classmethod
    def load(cls, path: Path, identity: Mapping[str, Any], *, steps: int) -> "Checkpoint":
        """Read a checkpoint of a run of `steps`; ZooError when it is damaged, was altered or belongs to another run."""
        tensors, metadata = read_tensors(path)
        try:
            header = _Header.model_validate_json(metadata.get("zoo", ""))
        except ValidationError as error:
            raise ZooError(f"{path.name} is not a checkpoint of this zoo", where=str(path), fix=_ANEW) from error
        checkpoint = cls(tensors, header.step, header.identity)
        checkpoint._require_same_run(path, identity)
        if header.sha256 != checkpoint._sha256():
            raise ZooError(f"{path.name} was altered after it was written", where=str(path), fix=_ANEW)
        if header.step > steps:
            raise ZooError(f"{path.name} is of step {header.step}, beyond the run's {steps}", where=str(path), fix=_ANEW)
        return checkpoint

    def _require_same_run(self, path: Path, identity: Mapping[str, Any]) -> None:
        for key in {**identity, **self.identity}:
            theirs, mine = self.identity.get(key), identity.get(key)
            if theirs != mine:
                raise ZooError(
                    f"the run in this folder has another {key:.30}: {_brief(theirs)}, this one {_brief(mine)}",
                    where=str(path),
                    fix=f"resume with the same {key:.30}, or choose another --out",
                    exit_code=2,
                )

    def restore(self, expected: State, path: Path) -> None:
        """Copy every tensor into its place in `expected`, all of them or, with a ZooError, none."""
        problems = mismatches(expected, self.tensors) or ", ".join(
            f"{name} is {self.tensors[name].dtype}, expected {value.dtype}"
            for name, value in expected.items()
            if self.tensors[name].dtype != value.dtype
        )
        if problems:
            raise ZooError(f"{path.name} does not fit the run: {problems}", where=str(path), fix=_ANEW)
        with torch.no_grad():
            for name, value in expected.items():
                value.copy_(self.tensors[name])


class _Header(Strict):
    step: Annotated[int, Field(ge=1, lt=2**53)]
    identity: dict[str, str | int]
    sha256: str  # of the step, the identity and the tensors


def _brief(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 20 else text[:12] + "..."


def grouped(groups: Mapping[str, State]) -> dict[str, torch.Tensor]:
    """The tensors of all groups as "group/name"."""
    return {f"{group}/{name}": value for group, state in groups.items() for name, value in state.items()}


def loss_state(losses: nn.Module) -> dict[str, torch.Tensor]:
    """What training changes in the losses: their trainable parameters and their buffers, frozen nets left out."""
    frozen = {name + "." for name, module in losses.named_modules(remove_duplicate=False) if isinstance(module, Frozen)}
    fixed = {name for name, parameter in losses.named_parameters(remove_duplicate=False) if not parameter.requires_grad}
    return {
        name: value for name, value in losses.state_dict().items() if name not in fixed and not name.startswith(tuple(frozen))
    }


def frozen_digest(*modules: nn.Module) -> str:
    """sha256 of the frozen nets inside `modules`, which a run is judged by and does not keep."""
    nets = {inner: None for module in modules for inner in module.modules() if isinstance(inner, Frozen)}
    return hashlib.sha256("".join(sorted(digest(net.state_dict()) for net in nets)).encode()).hexdigest()
