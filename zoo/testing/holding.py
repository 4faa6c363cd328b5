"""How a promise is held: what every check of a part says when it is broken."""

from collections.abc import Callable

import torch
from torch import Tensor

from zoo.recipes.promises import broken
from zoo.testing.bench import Bench

Promise = Callable[[Bench], None]


def expect(bench: Bench, kept: object, promised: str, found: str) -> None:
    """ZooError naming the part unless it `kept` what it promised."""
    if not kept:
        raise broken(bench.name, promised, found)


def in_half(promise: Promise) -> Promise:
    """The same promise under bf16 autocast, which `--precision bf16` trains and paints in."""

    def held(bench: Bench) -> None:
        with torch.autocast("cpu", torch.bfloat16):
            promise(bench)

    held.__doc__ = f"in half precision, too: {promise.__doc__}"
    return held


def repeats(bench: Bench, one: Tensor, again: Callable[[], Tensor]) -> None:
    """What a part makes in eval mode, it makes `again`."""
    expect(bench, torch.equal(one, again()), "the same result again in eval mode", "another one")


def reached(value: Tensor) -> bool:
    """Whether a gradient arrived."""
    return value.grad is not None and bool(value.grad.abs().sum() > 0)
