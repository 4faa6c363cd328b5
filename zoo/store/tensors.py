"""Named tensors on disk: safetensors only, the same bytes for the same content, damage told from foreign files."""

import hashlib
import json
import pickle
from collections.abc import Mapping
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from zoo.documents.files import write_atomically
from zoo.errors import ZooError

State = Mapping[str, Tensor]

_SHOWN = 3  # mismatches an error lists
_PICKLES = (b"PK\x03\x04", b"\x80\x02\x8a\x0a", b"\x80\x04\x95")  # how torch.save's files begin, new and old, and plain pickles
_ENDINGS = (".pth", ".pt", ".pkl")


def write_tensors(path: Path, tensors: State, metadata: Mapping[str, str]) -> str:
    """Write a safetensors file and return its sha256; equal content makes equal files."""
    copies = {name: value.detach().cpu().clone(memory_format=torch.contiguous_format) for name, value in tensors.items()}
    content = _in_order(safetensors.torch.save(copies, dict(metadata)))
    write_atomically(path, content)
    return hashlib.sha256(content).hexdigest()


def _in_order(content: bytes) -> bytes:
    """The same file with its metadata sorted: the library writes a hash map, whose order is drawn anew in every process.

    Format: 8 bytes N, little endian; N bytes JSON, padded with spaces so that the tensors begin at a multiple of 8; tensors.
    """
    begin = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:begin])
    header["__metadata__"] = dict(sorted(header.get("__metadata__", {}).items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([len(text).to_bytes(8, "little"), text, memoryview(content)[begin:]])


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors (on the CPU) and the metadata of a file; ZooError when it is missing, damaged or of another kind."""
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118 (no mapping)
    except FileNotFoundError as error:
        fix = "name the file as it is, or write it anew: zoo train leaves one"
        raise ZooError(f"there is no file {path.name}", where=str(path.parent.resolve()), fix=fix) from error
    except (SafetensorError, OSError) as error:
        raise _unreadable(path, error) from error


def read_pickled(path: Path) -> dict[str, Tensor]:
    """The tensors (on the CPU) of a file that torch.save wrote, and no code of it: only for files whose sha256 is known.

    ZooError when it is missing, damaged or holds anything but tensors by their names.
    """
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        what = f"{path.name} holds no tensors that torch.save wrote: {reason}"
        raise ZooError(what, where=str(path), fix="fetch the file again") from error
    if not isinstance(found, dict) or not all(isinstance(value, Tensor) for value in found.values()):
        fix = "name a file of tensors alone: what torch.save(model.state_dict(), file) writes"
        raise ZooError(f"{path.name} holds more than tensors by their names", where=str(path), fix=fix)
    return {name: value.detach() for name, value in found.items()}


def _unreadable(path: Path, error: Exception) -> ZooError:
    if path.suffix.lower() in _ENDINGS or _beginning(path).startswith(_PICKLES):
        return ZooError(
            f"{path.name} is a PyTorch pickle of another project; only safetensors are read, for a pickle may run any code",
            where=str(path),
            fix="leave --weights out to use the shipped ones, or give a weights.safetensors that zoo train has written",
        )
    return ZooError(
        f"{path.name} is damaged or not a safetensors file: {error}", where=str(path), fix="fetch it or train it again"
    )


def _beginning(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(4)
    except OSError:
        return b""


def mismatches(expected: State, found: State) -> str:
    """What is missing, unexpected or of another shape in `found`, the first few by name; "" where nothing is."""
    missing = [f"{name} is missing" for name in expected if name not in found]
    unexpected = [f"{name} is unexpected" for name in found if name not in expected]
    misshapen = [
        f"{name} is {tuple(found[name].shape)}, expected {tuple(value.shape)}"
        for name, value in expected.items()
        if name in found and found[name].shape != value.shape
    ]
    problems = missing + unexpected + misshapen
    more = f" and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
    return ", ".join(problems[:_SHOWN]) + more


def under(state: State, prefix: str) -> dict[str, Tensor]:
    """The tensors of one part, by their names inside it."""
    return {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}


def digest(state: State) -> str:
    """sha256 of names, types, shapes and values, wherever the tensors lie."""
    found = hashlib.sha256()
    for name, value in sorted(state.items()):
        found.update(f"{name} {value.dtype} {tuple(value.shape)} ".encode())
        found.update(value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data)
    return found.hexdigest()
