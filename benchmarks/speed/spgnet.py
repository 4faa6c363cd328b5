"""SPGNet's generator alone, at the paper's widths, for `zoo bench speed` to time beside other people's.

    zoo bench speed --track figures-256 --batch 2 --what forward,gradient --limit 1200 \\
        --peer benchmarks/speed/spgnet.py:folded --peer benchmarks/speed/spgnet.py:direct --peer theirs.py:generator

Run from the checkout. The authors' generator is made of appearance and style encoders, feature deformation and generator, on a
flow and a target parsing at hand; the flow net and SPATN are nets of their own. Both see people of figures-256. "direct"
convolves the style map itself, the tests' reference.
"""

from typing import Any, cast

import torch
from torch import Tensor, nn

from tests.spgnet.direct import direct_modulation
from zoo.model import Model, build
from zoo.recipes.catalog import catalog
from zoo.recipes.request import Request, resolve
from zoo.types import Merged, Person
from zoo_spgnet.sean import SEAN

Peer = tuple[nn.Module, tuple[Any, ...], None]


class Painter(nn.Module):
    """The parts that the authors' generator is made of."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.style, self.deform, self.generator = model.style, cast(Any, model.merge), model.generator
        self.deform.flow = None

    def forward(self, source: Person, target: Person, flow: Tensor, state: Tensor) -> Tensor:
        style = self.style(source)
        pyramid = self.deform.deformed(style.pyramid, flow, state)
        return self.generator(Merged(pyramid=pyramid, codes=style.codes), target)


def folded(batch: int, size: tuple[int, int], device: str) -> Peer:
    """As it is used: the style branch folded into kernels on the region masks, and both convolved window by window."""
    recipe, track = resolve(Request("spgnet", track="figures-256"), catalog())
    kit = build(recipe, track.model_copy(update={"size": size}), catalog())
    people = torch.tensor([group[:2] for group in kit.data.groups("train")[:batch]])
    pair = kit.model.translate(kit.data.load("train", *people.T))
    source, target = (person.but(pose=kit.model.pose.draw(person, size)) for person in (pair.source, pair.target))
    motion = torch.randn(batch, 2, *size), torch.randint(3, (batch, 1, *size))
    net = Painter(kit.model).to(device).to(memory_format=torch.channels_last)
    return net, (source.to(device), target.to(device), *(t.to(device) for t in motion)), None


def direct(batch: int, size: tuple[int, int], device: str) -> Peer:
    """With convolutions of the style map."""
    SEAN.modulation = lambda *given: (direct_modulation(*given), None)  # type: ignore[method-assign]
    return folded(batch, size, device)
