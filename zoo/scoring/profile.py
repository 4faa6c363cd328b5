"""Parameters and multiply-accumulates of each part, for one image."""

from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from zoo.model import Model
from zoo.skeleton import JOINTS
from zoo.types import Pair, Person


@dataclass(frozen=True)
class Cost:
    """`macs` counts convolutions, matrix products and attention; element-wise work is left out."""

    parameters: int
    macs: int


def profile(model: Model, size: tuple[int, int]) -> dict[str, Cost]:
    """The cost of every part of `model` on one pair of `size`, measured by running it once."""
    macs: dict[str, int] = {}
    handles = [hook for name, part in model.named_children() for hook in _count(part, name, macs)]
    training = model.training
    device = next((p.device for p in model.parameters()), torch.device("cpu"))
    trained = [p for p in model.parameters() if p.requires_grad]
    try:
        for parameter in trained:
            parameter.requires_grad_(False)  # the counter follows gradients, and stumbles where there are none to follow
        with torch.inference_mode(), sdpa_kernel(SDPBackend.MATH):  # the fused kernels are not counted everywhere
            model.eval()(_blank_pair(size, len(model.table)).to(device))
    finally:
        model.train(training)
        for parameter in trained:
            parameter.requires_grad_(True)
        for handle in handles:
            handle.remove()
    return {name: Cost(count, macs.get(name, 0)) for name, count in model.parameter_count().items()}


def _count(part: torch.nn.Module, name: str, macs: dict[str, int]) -> list[Any]:
    counter = FlopCounterMode(display=False)

    def start(*_: Any) -> None:
        counter.__enter__()

    def stop(*_: Any) -> None:
        counter.__exit__(None, None, None)
        macs[name] = macs.get(name, 0) + counter.get_total_flops() // 2

    return [part.register_forward_pre_hook(start), part.register_forward_hook(stop)]


def _blank_pair(size: tuple[int, int], labels: int) -> Pair:
    height, width = size
    joints = torch.rand(1, JOINTS, 2, generator=torch.Generator().manual_seed(0)) * torch.tensor([width - 1.0, height - 1.0])
    parsing = torch.zeros(1, labels, height, width)
    parsing[:, 0] = 1
    image = torch.zeros(1, 3, height, width)
    person = Person(size=size, joints=joints, visible=torch.ones(1, JOINTS, dtype=torch.bool), image=image, parsing=parsing)
    return Pair(source=person, target=person, names=("blank->blank",))
