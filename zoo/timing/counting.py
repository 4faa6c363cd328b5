"""Multiply-adds of a pass as it runs, backward passes included."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry


def count_macs(run: Callable[[], object], parts: Mapping[str, nn.Module] | None = None) -> tuple[int, dict[str, int]]:
    """Multiply-adds of `run`, and of the forward passes of `parts` in it: of convolutions, matrix products and attention.

    Element-wise work does not count. FlopCounterMode follows every module, and stumbles in backward passes over parameters that
    need no gradient.
    """
    counter, found = _Counter(), dict.fromkeys(parts or {}, 0)

    def add(sign: int, name: str) -> Callable[..., None]:
        def hook(*_: Any) -> None:
            found[name] += sign * counter.flops

        return hook

    handles = [part.register_forward_pre_hook(add(-1, name)) for name, part in (parts or {}).items()]
    handles += [part.register_forward_hook(add(1, name)) for name, part in (parts or {}).items()]
    with sdpa_kernel(SDPBackend.MATH), counter:  # the fused kernels are not counted everywhere
        run()
    for handle in handles:
        handle.remove()
    return counter.flops // 2, {name: flops // 2 for name, flops in found.items()}


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
