"""The spine as a graph of tensors: `torch.export`, with a batch of any length where the inputs leave it open."""

import builtins
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
import torch._dynamo  # before `_lengths_unknown`: it keeps Python's own functions by their identity
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram
from torch.fx import Node

from zoo.exporting.contract import BATCH, Input
from zoo.exporting.edge import people_of_noise
from zoo.model import Model
from zoo.ops.regions import planes
from zoo.skeleton import JOINTS
from zoo.types import Bundle, Pair, Person

TRACED = 3  # people; a batch of 1 or 2 could pass for a constant


class Flat(nn.Module):
    """A model as a function of the tensors `names`, in this order: image (B,3,H,W)."""

    def __init__(self, model: Model, size: tuple[int, int], names: Sequence[str]) -> None:
        super().__init__()
        self.model, self.size, self.names = model, size, tuple(names)

    def forward(self, *tensors: Tensor) -> Tensor:
        given = dict(zip(self.names, tensors, strict=True))
        batch = tensors[0].shape[0]
        source, target = (self._person(who, given, batch) for who in ("source", "target"))
        painted = self.model(Pair(source=source, target=target)).image
        assert painted is not None, "a whole forward pass paints an image"
        return painted

    def _person(self, who: str, given: dict[str, Tensor], batch: int) -> Person:
        """What is not given is not read: joints that nobody looks at may lie anywhere."""
        labels = given.get(f"{who}_regions")
        like = next(iter(given.values()))
        return Person(
            size=self.size,
            joints=given.get(f"{who}_joints", like.new_zeros(batch, JOINTS, 2)),
            visible=given.get(f"{who}_visible", like.new_zeros(batch, JOINTS, dtype=torch.bool)),
            image=given.get(f"{who}_image"),
            edges=given.get(f"{who}_edges"),
            parsing=None if labels is None else planes(labels, len(self.model.table)),
        )


def traced(model: Model, size: tuple[int, int], inputs: tuple[Input, ...]) -> tuple[ExportedProgram, tuple[Input, ...]]:
    """The graph of `model` in eval mode, and those of the `inputs` that it reads: it takes no others.

    Raises what torch raises where shapes or branches hang on values.
    """
    program = _traced(model, size, inputs)
    read = tuple(one for one in inputs if one.name in _read(program, inputs))
    return (program, inputs) if read == inputs else (_traced(model, size, read), read)


def _traced(model: Model, size: tuple[int, int], inputs: tuple[Input, ...]) -> ExportedProgram:
    example = people_of_noise(inputs, len(model.table), TRACED, seed=0)
    flat = Flat(model, size, list(example)).eval()
    dynamic = (tuple({0: Dim(BATCH)} for _ in example),) if inputs[0].shape[0] == BATCH else None
    with torch.no_grad(), _lengths_unknown(), _unheard():
        return torch.export.export(flat, tuple(example.values()), dynamic_shapes=dynamic, strict=False)


def _read(program: ExportedProgram, inputs: tuple[Input, ...]) -> set[str]:
    """Whose values the output hangs on: of a tensor asked for its length alone it does not."""
    placeholders = dict(zip(program.graph_signature.user_inputs, (one.name for one in inputs), strict=True))
    [output] = [node for node in program.graph.nodes if node.op == "output"]
    seen: set[Node] = set()
    waiting = list(output.all_input_nodes)
    while waiting:
        node = waiting.pop()
        if node not in seen and node.target is not torch.ops.aten.sym_size.int:
            seen.add(node)
            waiting += node.all_input_nodes
    return {placeholders[node.name] for node in seen if node.name in placeholders}


@contextmanager
def _lengths_unknown() -> Iterator[None]:
    """Inside, the length of a batch stays a symbol: Python's own `len` would make a number of it."""
    known = builtins.len

    def symbolic(x: object) -> int:
        return x.__len__() if isinstance(x, Tensor | Bundle) and hasattr(x, "__len__") else known(x)  # type: ignore[arg-type]

    builtins.len = symbolic
    try:
        yield
    finally:
        builtins.len = known


@contextmanager
def _unheard() -> Iterator[None]:
    """Inside, torch does not log the graph of what it fails to trace."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
