"""Nets that losses look through, at the precision of the model."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from accelerate.utils import convert_to_fp32
from torch import nn


@contextmanager
def lowered(nets: Iterable[nn.Module], autocast: Callable[[], AbstractContextManager[Any]]) -> Iterator[None]:
    """Inside, `nets` (feature nets, detectors, discriminators) run under `autocast` and return fp32.

    So what a loss sums, compares or calls a coordinate stays in single precision, and only convolutions do not.
    """
    nets = list(nets)
    for net in nets:
        net.forward = _lowered(net.forward, autocast)
    try:
        yield
    finally:
        for net in nets:
            del net.forward  # the class has its own


def _lowered(forward: Callable[..., Any], autocast: Callable[[], AbstractContextManager[Any]]) -> Callable[..., Any]:
    def call(*given: Any, **options: Any) -> Any:
        with autocast():
            return convert_to_fp32(forward(*given, **options))

    return call
