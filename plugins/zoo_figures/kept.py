"""Rendered once for all: where ZOO_KEEP names a folder, a split's images lie there and processes share their pages."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

from safetensors.torch import load_file, save
from torch import Tensor

from zoo.documents.files import KEEP, write_atomically, writing

Parts = tuple[Tensor, ...]
NAMES = ("image", "labels", "joints", "visible")


def kept(digest: str, render: Callable[[], Parts]) -> Parts | None:
    """What `render` made of the split `digest`, in this process or another one, mapped into memory; None without ZOO_KEEP."""
    if not os.environ.get(KEEP):
        return None
    path = Path(os.environ[KEEP]) / f"figures-{digest[:16]}.safetensors"
    if not path.exists():
        _render_once(path, render)
    found = load_file(path)
    return tuple(found[name] for name in NAMES)


def _render_once(path: Path, render: Callable[[], Parts]) -> None:
    """One process renders, the others wait for it; the lock goes with the process."""
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.with_suffix(".lock").open("w")
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            parts = dict(zip(NAMES, render(), strict=True))
            write_atomically(path, save({name: part.contiguous() for name, part in parts.items()}))
