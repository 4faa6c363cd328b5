"""Half precision where it is safe: matrix products and convolutions, nothing that holds coordinates or sums many values."""

from contextlib import AbstractContextManager, nullcontext
from typing import Literal

import torch

Precision = Literal["no", "bf16"]


def reduced(precision: Precision, device: str) -> AbstractContextManager[object]:
    """Inside, torch's own list of safe operations works in bfloat16 for "bf16"; for "no" nothing changes, autocast or not."""
    return torch.autocast(device, torch.bfloat16) if precision == "bf16" else nullcontext()
