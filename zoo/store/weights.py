"""Weights on disk: half precision, loaded strictly, known by their sha256."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from zoo.documents.reading import file_sha256
from zoo.documents.strict import validated_model
from zoo.errors import ZooError
from zoo.store.tensors import State, mismatches, read_tensors, write_tensors

Count = Annotated[int, Field(ge=0, lt=2**53)]  # exact in every JSON reader
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Claim(BaseModel):
    """What a file of weights says of its training. Anybody can rewrite it: it is shown as told, never taken as verified."""

    model_config = ConfigDict(frozen=True)

    seed: Count
    steps: Count
    images_seen: Count
    batch: Count | None = None  # samples a step; files from before it was told leave it out
    precision: Literal["no", "bf16"] = "no"  # of the forward pass in training
    init: Sha256 | None = None  # of the weights that training started from


def claim(metadata: Mapping[str, str], path: Path) -> Claim:
    """What the metadata of `path` claims; ZooError where a number is missing or none."""
    try:
        return validated_model(Claim, metadata, where=f"the metadata of {path.name}")
    except ZooError as error:
        raise ZooError(
            f"{path.name} tells of its training what cannot be: {error.what}",
            where=str(path),
            fix="take the file that zoo train has written",
        ) from error


def save_weights(model_state: State, path: Path, metadata: Mapping[str, str]) -> str:
    """Write a model's state as fp16 and return the file's sha256.

    `metadata` says whose weights they are: "architecture" (`Recipe.architecture()`), "recipe", "variant", "track".
    """
    return write_tensors(path, {name: _halved(value.detach()) for name, value in model_state.items()}, metadata)


def require_own(path: Path, metadata: Mapping[str, str]) -> None:
    """ZooError where weights lie that a training of this `metadata` did not write: they would be overwritten."""
    if not path.exists():
        return
    about = read_tensors(path)[1]
    if any(about.get(key) != value for key, value in metadata.items()):
        raise ZooError(
            f"{path.name} is of another training ({_owner(about)}) and would be overwritten",
            where=str(path.parent),
            fix="move it away, or choose another --out",
            exit_code=2,
        )


def _halved(value: Tensor) -> Tensor:
    if not value.is_floating_point():
        return value
    half = value.half()
    return half if half.isfinite().all() else value.float()  # fp16 ends at 65504


def load_weights(model: nn.Module, path: Path, *, architecture: str, sha256: str | None = None) -> str:
    """Fill `model`, cast to its own dtypes, and return the file's sha256: every tensor must be there, and nothing else.

    Raises ZooError when the file is missing, damaged, another one than `sha256` says, or of another architecture.
    """
    found = file_sha256(path)
    if sha256 is not None and found != sha256:
        raise ZooError(
            f"{path.name} is not the file it should be: sha256 {found[:12]}..., expected {sha256[:12]}...",
            where=str(path),
            fix="delete it and fetch it again; if you replaced it on purpose, correct its sha256 in registry.toml",
        )
    tensors, metadata = read_tensors(path)
    if metadata.get("architecture") != architecture:
        raise _foreign(path, metadata)
    if problems := mismatches(model.state_dict(), tensors):
        raise ZooError(
            f"{path.name} does not fit the model: {problems}",
            where=str(path),
            fix="the code of a part changed since these weights were trained: train them again",
        )
    model.load_state_dict(tensors, strict=True)
    return found


def _foreign(path: Path, metadata: Mapping[str, str]) -> ZooError:
    return ZooError(
        f"{path.name} holds the weights of {_owner(metadata)}, whose parts or options differ from this model's",
        where=str(path),
        fix="choose that recipe, variant and track, or weights trained for this one",
    )


def _owner(metadata: Mapping[str, str]) -> str:
    return f"recipe {metadata.get('recipe', '?')} ({metadata.get('variant', '?')}) on track {metadata.get('track', '?')}"
