"""Half precision where it is safe: matrix products and convolutions, nothing that holds coordinates or sums many values."""

from contextlib import AbstractContextManager, nullcontext
from typing import Literal

import torch

Precision = Literal["no", "bf16"]
Wanted = Literal["no", "bf16", "auto"]


def reduced(precision: Precision, device: str) -> AbstractContextManager[object]:
    """Inside, torch's own list of safe operations works in bfloat16 for "bf16"; for "no" nothing changes, autocast or not."""
    return torch.autocast(device, torch.bfloat16) if precision == "bf16" else nullcontext()


def settled(wanted: Wanted, device: str) -> Precision:
    """`wanted`, or for "auto" bf16 where the device multiplies bfloat16 in matrix units: AMX, or a GPU that has them.

    AVX-512 alone computes bf16 faster, too, but not by what a changed digit is worth.
    """
    if wanted != "auto":
        return wanted
    if device.startswith("cuda"):
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "no"
    return "bf16" if device == "cpu" and torch.cpu._is_amx_tile_supported() else "no"
