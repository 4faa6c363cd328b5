"""Parameters and multiply-accumulates of each part, for one image (protocol macs-1).

macs-1: one forward pass of one pair, both people the same: noise with every joint visible and every region of the data in a
block of its own. The target's regions are those, not predicted ones, so that no weight has a say: a part may skip a region
that is absent. Convolutions, matrix products and attention count, element-wise work does not. macs-0, before it, was of a
blank image, and of whichever regions the weights predicted.
"""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from zoo.model import Model
from zoo.ops.regions import one_hot
from zoo.skeleton import JOINTS
from zoo.types import Pair, Person


@dataclass(frozen=True)
class Cost:
    """What a part holds and what one image costs it."""

    parameters: int
    macs: int


def profile(model: Model, size: tuple[int, int], sources: int = 1) -> dict[str, Cost]:
    """The cost of every part of `model` on one pair of `size`, its source in so many photos, measured by running it once."""
    macs: dict[str, int] = {}
    handles = [hook for name, part in model.named_children() for hook in _count(part, name, macs)]
    training, precision = model.training, model.precision
    model.precision = "no"  # the counter and autocast take one operation apart in two ways
    device = next((p.device for p in model.parameters()), torch.device("cpu"))
    trained = [p for p in model.parameters() if p.requires_grad]
    try:
        for parameter in trained:
            parameter.requires_grad_(False)
        # not inference_mode, in which compound operations reach the counter whole; nor fused kernels, which have no formula
        with torch.no_grad(), sdpa_kernel(SDPBackend.MATH):
            knows = model.parsing is not None or model.oracle
            pair = fixed_pair(size, len(model.table), model.pose.channels)
            pair = pair.but(others=(pair.source,) * (sources - 1)).to(device)
            model.eval()(pair, parsing="truth" if knows else None)
    finally:
        model.train(training)
        model.precision = precision
        for parameter in trained:
            parameter.requires_grad_(True)
        for handle in handles:
            handle.remove()
    return {name: Cost(count, macs.get(name, 0)) for name, count in model.parameter_count().items()}


class _Counter(TorchDispatchMode):
    """Twice the multiply-adds of what runs inside it, by torch's own formulas.

    What torch.utils.flop_counter.FlopCounterMode counts in all, without the import of torch.compile, more than a second, that
    it begins with.
    """

    flops = 0

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # or torch imports its compiler, to tell it to leave this class alone

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = kwargs or {}
        result = func(*args, **given)
        if formula := flop_registry.get(func.overloadpacket):
            self.flops += formula(*args, **given, out_val=result)
        return result


def _count(part: torch.nn.Module, name: str, macs: dict[str, int]) -> list[Any]:
    counter = _Counter()

    def start(*_: Any) -> None:
        counter.flops = 0
        counter.__enter__()

    def stop(*_: Any) -> None:
        counter.__exit__(None, None, None)
        macs[name] = macs.get(name, 0) + counter.flops // 2

    return [part.register_forward_pre_hook(start), part.register_forward_hook(stop)]


def fixed_pair(size: tuple[int, int], labels: int, edges: int = 1) -> Pair:
    """The pair of macs-1: `labels` regions in blocks, row by row, each as near a square as they come, and maps of `edges`."""
    (height, width), generator = size, torch.Generator().manual_seed(0)
    joints = torch.rand(1, JOINTS, 2, generator=generator) * torch.tensor([width - 1.0, height - 1.0])
    person = Person(
        size=size,
        joints=joints,
        visible=torch.ones(1, JOINTS, dtype=torch.bool),
        image=torch.rand(1, 3, height, width, generator=generator) * 2 - 1,
        parsing=one_hot(_blocks(size, labels)[None], labels),
        edges=torch.zeros(1, edges, *size),
    )
    return Pair(source=person, target=person, names=("fixed->fixed",))


def _blocks(size: tuple[int, int], labels: int) -> Tensor:
    """(H,W) of every label: the last row of blocks repeats labels where they do not fill it."""
    columns = math.ceil(math.sqrt(labels))
    rows = math.ceil(labels / columns)
    row, column = (torch.arange(side) * count // side for side, count in zip(size, (rows, columns), strict=True))
    return (row[:, None] * columns + column) % labels
