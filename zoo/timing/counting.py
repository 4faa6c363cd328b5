"""Multiply-adds of a pass as it runs, backward passes included."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry


def count_macs(run: Callable[[], object]) -> int:
    """Multiply-adds of `run`: convolutions, matrix products and attention count, element-wise work does not.

    FlopCounterMode follows modules as well, and stumbles in backward passes over parameters that need no gradient.
    """
    with sdpa_kernel(SDPBackend.MATH), _Counter() as counter:  # the fused kernels are not counted everywhere
        run()
    return counter.flops // 2


class _Counter(TorchDispatchMode):
    """Adds up what every operator says it costs."""

    def __init__(self) -> None:
        super().__init__()
        self.flops = 0

    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        given = dict(kwargs or {})
        formula = flop_registry.get(func._overloadpacket)
        if formula is None and func is not torch.ops.prim.device.default:
            with self:  # what is made of others, as under inference mode, is asked piece by piece
                made = func.decompose(*args, **given)
            if made is not NotImplemented:
                return made
        result = func(*args, **given)
        if formula is not None:
            self.flops += formula(*args, **given, out_val=result)
        return result
