"""Peers: other people's modules, timed beside ours. Their code stays where it is; a file of one's own builds them.

def generator(batch: int, size: tuple[int, int], device: str):
    net = TheirGenerator().to(device)
    inputs = (torch.rand(batch, 3, *size, device=device),)
    return net, inputs, None                       # or a function that makes one training step of theirs
"""

import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from torch import nn

from zoo.errors import ZooError, told

Built = tuple[nn.Module, tuple[Any, ...], Callable[[], object] | None]


def load_peer(path: Path, function: str, batch: int, size: tuple[int, int], device: str) -> Built:
    """The module, its inputs for a batch of images of `size` (H, W), and its training step if it has one.

    The file's own folder is on the path while it is read. ZooError for a file that fails or returns anything else.
    """
    try:
        built = _function(path, function)(batch, size, device)
    except ZooError:
        raise
    except Exception as error:
        raise ZooError(f"the peer cannot be built: {told(error)}", where=str(path), fix="mend the adapter") from error
    match built:
        case (nn.Module() as module, tuple() as inputs, step) if step is None or callable(step):
            return module, inputs, step
    what = f"{function} returns no module, tuple of inputs, and step or None"
    raise ZooError(what, where=str(path), fix="see zoo.timing.peers", exit_code=2)


def _function(path: Path, name: str) -> Any:
    spec = spec_from_file_location(path.stem, path)
    assert spec and spec.loader, "a .py file has a loader"
    module = module_from_spec(spec)
    sys.path.insert(0, str(path.parent))
    spec.loader.exec_module(module)
    if not hasattr(module, name):
        raise ZooError(f"{path.name} has no function {name}", where=str(path.parent), fix="check --peer", exit_code=2)
    return getattr(module, name)
