"""Noise that is the same for the same pair on every machine."""

import hashlib
from collections.abc import Sequence

import torch
from torch import Tensor


def named_noise(names: Sequence[str], sample: int, shape: tuple[int, ...]) -> Tensor:
    """(len(names), *shape) from N(0,1), on the CPU: each row a function of its name and the number of the sample alone.

    Whatever the batch a pair comes in and whatever the device, it begins with the same noise.
    """
    return torch.stack([torch.randn(shape, generator=torch.Generator().manual_seed(_seed(name, sample))) for name in names])


def seeded(*key: object) -> torch.Generator:
    """A CPU generator that depends on nothing but `key`."""
    digest = hashlib.sha256(repr(key).encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:7], "big"))


def _seed(name: str, sample: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{sample} {name}".encode()).digest()[:7], "little")
