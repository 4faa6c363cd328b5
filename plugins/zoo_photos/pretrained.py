"""Networks that the library transformers builds, filled from the registry's files and from nothing else."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from torch import Tensor

from zoo.errors import ZooError
from zoo.store.networks import require
from zoo.store.registry import NetworkEntry, find_network

_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's images in [0,1]


def pretrained(name: str, architecture: str) -> Any:
    """The `architecture` of transformers as the registry configures the network `name`, with exactly its weights, frozen."""
    entry = find_network(name)
    path = require(entry)
    try:
        import transformers
    except ImportError as error:
        what = f"the network {name} is built by transformers, which is not installed"
        raise ZooError(what, where=entry.summary, fix="pip install 'posezoo[transformers]'") from error
    with tempfile.TemporaryDirectory() as scratch, _silent(transformers):
        folder = Path(scratch)  # its loader takes a folder, and knows how the names of its own tensors changed over the years
        (folder / "config.json").write_text(json.dumps(entry.config))
        (folder / "model.safetensors").symlink_to(path.resolve())
        net = _loaded(getattr(transformers, architecture), folder, entry)
    net.requires_grad_(False).eval()
    return net


def _loaded(architecture: Any, folder: Path, entry: NetworkEntry) -> Any:
    try:
        net, told = architecture.from_pretrained(folder, output_loading_info=True, local_files_only=True, use_safetensors=True)
    except (RuntimeError, ValueError, OSError) as error:
        raise _unfit(entry, str(error).splitlines()[0]) from error
    amiss = sorted(name for names in told.values() for name in map(str, names))
    if amiss:
        raise _unfit(entry, f"{amiss[0]} and {len(amiss) - 1} more are missing or unexpected")
    return net


def _unfit(entry: NetworkEntry, why: str) -> ZooError:
    what = f"{entry.file} does not hold {entry.name}: {why}"
    return ZooError(what, where="registry.toml: networks", fix=f"fetch it again: zoo prefetch {entry.name}")


@contextmanager
def _silent(transformers: Any) -> Iterator[None]:
    """Inside, transformers neither reports nor draws bars: what is amiss is an error here."""
    speech = transformers.utils.logging
    level, bars = speech.get_verbosity(), speech.is_progress_bar_enabled()
    speech.set_verbosity(speech.CRITICAL)
    speech.disable_progress_bar()
    try:
        yield
    finally:
        speech.set_verbosity(level)
        if bars:
            speech.enable_progress_bar()


def normalised(image: Tensor) -> Tensor:
    """Images in [-1,1] as ImageNet's are normalised."""
    mean, std = (image.new_tensor(values).view(3, 1, 1) for values in (_MEAN, _STD))
    return ((image + 1) / 2 - mean) / std
