"""Where tensors live."""

import torch

from zoo.errors import ZooError


def choose_device(wanted: str) -> str:
    """ "auto" is the accelerator if there is one."""
    if wanted == "auto":
        there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
        return next((device for device, available in there.items() if available), "cpu")
    try:
        torch.empty(0, device=wanted)
    except (RuntimeError, AssertionError) as error:
        why = str(error).splitlines()[0]
        if why.startswith("Could not run"):  # torch then lists every kernel it has, on 80 lines
            why = "this machine or this PyTorch has none"
        raise ZooError(
            f"device {wanted!r} cannot be used: {why}", where="--device", fix="use --device cpu", exit_code=2
        ) from error
    return wanted
