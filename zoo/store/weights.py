"""Weights on disk: safetensors only, half precision, loaded strictly, known by their sha256."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from zoo.documents.files import write_atomically
from zoo.errors import ZooError

_SHOWN = 3  # mismatches an error lists


def save_weights(model_state: Mapping[str, Tensor], path: Path, metadata: dict[str, str]) -> str:
    """Write a model's state as fp16 and return the file's sha256.

    `metadata` says whose weights they are: "architecture" (`Recipe.architecture()`), "recipe", "variant", "track".
    """
    tensors = {
        name: _halved(value.detach().cpu()).clone(memory_format=torch.contiguous_format) for name, value in model_state.items()
    }
    content = safetensors.torch.save(tensors, metadata)
    write_atomically(path, content)
    return hashlib.sha256(content).hexdigest()


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
    tensors, metadata = read_safetensors(path)
    if metadata.get("architecture") != architecture:
        raise _foreign(path, metadata)
    problems = _mismatches(model.state_dict(), tensors)
    if problems:
        more = f" and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        raise ZooError(
            f"{path.name} does not fit the model: {', '.join(problems[:_SHOWN])}{more}",
            where=str(path),
            fix="the code of a part changed since these weights were trained: train them again",
        )
    model.load_state_dict(tensors, strict=True)
    return found


def _foreign(path: Path, metadata: Mapping[str, str]) -> ZooError:
    owner = f"recipe {metadata.get('recipe', '?')} ({metadata.get('variant', '?')}) on track {metadata.get('track', '?')}"
    return ZooError(
        f"{path.name} holds the weights of {owner}, whose parts or options differ from this model's",
        where=str(path),
        fix="choose that recipe, variant and track, or weights trained for this one",
    )


def _mismatches(expected: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> list[str]:
    missing = [f"{name} is missing" for name in expected if name not in found]
    unexpected = [f"{name} is unexpected" for name in found if name not in expected]
    misshapen = [
        f"{name} is {tuple(found[name].shape)}, expected {tuple(value.shape)}"
        for name, value in expected.items()
        if name in found and found[name].shape != value.shape
    ]
    return missing + unexpected + misshapen


def read_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors (on the CPU) and the metadata of a file; ZooError when it is missing or damaged."""
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118 (no mapping)
    except FileNotFoundError as error:
        raise ZooError(f"there is no file {path.name}", where=str(path.parent)) from error
    except (SafetensorError, OSError) as error:
        raise ZooError(
            f"{path.name} is damaged or not a safetensors file: {error}", where=str(path), fix="fetch it or train it again"
        ) from error


def file_sha256(path: Path) -> str:
    """The sha256 of a file's content, in hexadecimal."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ZooError(f"cannot read {path.name}: {error.strerror}", where=str(path.parent)) from error
