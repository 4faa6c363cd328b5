"""The batch of a step, of which several processes may hold a share each: sums over all of it, and draws that do not tell.

Losses and gradients are averaged over the processes, so what is a mean over samples needs nothing from here. What divides by a
sum over the batch, normalises by the batch's statistics, lends between samples or draws for each of them does. Alone, every
function is torch's plain one. The generators of all processes are in one state: what is drawn once for the whole batch
(`torch.randperm`, `torch.randint`) is the same everywhere, and what is drawn per sample is drawn for all of them and cut.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.autograd.function import once_differentiable

from zoo.errors import LostProcessError


@dataclass(frozen=True)
class Share:
    """Part number `part` of `parts` equal ones, in the order of the samples."""

    part: int = 0
    parts: int = 1


_share = Share()  # one for all threads: backward passes of a GPU run in threads of their own


@contextmanager
def shared(part: int, parts: int) -> Iterator[None]:
    """Inside, this process holds part `part` of `parts` of every batch."""
    global _share
    before, _share = _share, Share(part, parts)
    try:
        yield
    finally:
        _share = before


class WholeBatch:
    """Marks a module that minds the whole batch by itself, whatever it inherits."""


@contextmanager
def talking() -> Iterator[None]:
    """Inside, processes exchange something; when that fails, another one has ended or hangs."""
    try:
        yield
    except RuntimeError as error:  # of gloo and of nccl
        raise LostProcessError(
            "another process has ended, or does not answer",
            where=str(error).splitlines()[0][:200],
            fix="see what that one says; with --resume a training goes on from its last checkpoint",
        ) from error


def total(x: Tensor) -> Tensor:
    """Sum over the processes of what each has summed over its samples; differentiable, any shape."""
    return x if _share.parts == 1 else _Total.apply(x)


def mean(x: Tensor) -> Tensor:
    """Mean over the processes of what each has averaged over its samples."""
    return total(x) / _share.parts


def everyone(x: Tensor) -> Tensor:
    """What each process holds, (...) -> (parts,...), in the order of the samples."""
    return total(torch.stack([x if part == _share.part else torch.zeros_like(x) for part in range(_share.parts)]))


def rolled(x: Tensor) -> Tensor:
    """`x` (B,...) moved on by a sample; the first gets the whole batch's last."""
    if _share.parts == 1:
        return x.roll(1, 0)
    return torch.cat([everyone(x[-1:])[_share.part - 1], x[:-1]])


def mine(x: Tensor, dim: int = 0) -> Tensor:
    """This process's part of `x`, whose dimension `dim` counts the samples of the whole batch."""
    return x.chunk(_share.parts, dim)[_share.part]


def repeated(x: Tensor) -> Tensor:
    """`x` (B,...) as often as there are parts, in its own memory format: the shape of the whole batch."""
    return x if _share.parts == 1 else torch.cat([x] * _share.parts)


def rand(*shape: int, like: Tensor, dim: int = 0) -> Tensor:
    """Uniform in [0,1); dimension `dim` of `shape` counts this process's samples, or a multiple. Device and type of `like`."""
    return mine(torch.rand(_whole(shape, dim), device=like.device, dtype=like.dtype), dim)


def randn(*shape: int, like: Tensor, dim: int = 0) -> Tensor:
    """As `rand`, standard normal."""
    return mine(torch.randn(_whole(shape, dim), device=like.device, dtype=like.dtype), dim)


def _whole(shape: tuple[int, ...], dim: int) -> list[int]:
    return [size * _share.parts if i == dim else size for i, size in enumerate(shape)]


class _Total(torch.autograd.Function):
    """Every process's result depends on every process's x, so gradients are summed as values are."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return _all_reduced(x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return _all_reduced(gradients[0])


def _all_reduced(x: Tensor) -> Tensor:
    x = x.clone(memory_format=torch.contiguous_format)
    with talking():
        dist.all_reduce(x)
    return x
