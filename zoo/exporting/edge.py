"""The checks that an exported graph cannot make: they look at values, so they stand outside, where tensors come in."""

from collections.abc import Mapping

import torch
from torch import Tensor

from zoo.errors import ZooError, nearest
from zoo.exporting.contract import BATCH, Contract, Input
from zoo.recipes.promises import SLACK
from zoo.types import Person

Tensors = Mapping[str, Tensor]


def check_inputs(contract: Contract, tensors: Tensors) -> None:
    """ZooError for a tensor that is missing, unknown, of another shape or type, or with values outside its meaning."""
    wanted = {one.name: one for one in contract.inputs}
    for name in tensors.keys() - wanted.keys():
        raise _refused(f"{name} is not read", nearest(name, wanted))
    batch: int | None = None
    for name, one in wanted.items():
        if name not in tensors:
            raise _refused(f"{name} is missing", f"give {one.meaning}")
        _check_shape(one, tensors[name], batch)
        batch = len(tensors[name])
        _check_values(one, tensors[name], contract)
    for who in ("source", "target"):
        if (joints := tensors.get(f"{who}_joints")) is not None and not joints[tensors[f"{who}_visible"]].isfinite().all():
            raise _refused(
                f"{who}_joints holds nan or infinity where a joint is visible", f"mark it in {who}_visible as missing"
            )


def inputs_of(contract: Contract, source: Person, target: Person) -> dict[str, Tensor]:
    """The tensors that the contract names, from people at its size with regions in its words; ZooError where one is missing."""
    people = {"source": source, "target": target}
    found: dict[str, Tensor] = {}
    for one in contract.inputs:
        who, _, what = one.name.partition("_")
        value = getattr(people[who], "parsing" if what == "regions" else what)
        if value is None:
            raise _refused(f"the {who} has no {what}", f"give {one.meaning}")
        found[one.name] = value.argmax(1) if what == "regions" else value
    check_inputs(contract, found)
    return found


def _check_shape(wanted: Input, tensor: Tensor, batch: int | None) -> None:
    dtype = str(tensor.dtype).removeprefix("torch.")
    if dtype != wanted.dtype:
        raise _refused(f"{wanted.name} is {dtype}, not {wanted.dtype}", f"{wanted.name}.to(torch.{wanted.dtype})")
    shape = tuple((batch or len(tensor)) if n == BATCH else n for n in wanted.shape) if tensor.ndim else ()
    if tuple(tensor.shape) != shape or not tensor.numel():
        expected = ", ".join(map(str, wanted.shape))
        what = f"{wanted.name} has the shape {tuple(tensor.shape)}, not ({expected})"
        raise _refused(what, "give every input for as many people, one at least")


def _check_values(wanted: Input, tensor: Tensor, contract: Contract) -> None:
    match wanted.name.partition("_")[2]:
        case "image":
            low, high = -1 - SLACK, 1 + SLACK
        case "edges":
            low, high = -SLACK, 1 + SLACK
        case "regions":
            low, high = 0, len(contract.regions) - 1
        case _:
            return
    inside = (tensor >= low) & (tensor <= high)  # nan is not
    if not bool(inside.all()):
        worst = tensor[~inside].flatten()[0].item()
        raise _refused(f"{wanted.name} holds {worst:g}", f"it is {wanted.meaning}, from {round(low)} to {round(high)}")


def people_of_noise(inputs: tuple[Input, ...], regions: int, batch: int, seed: int) -> dict[str, Tensor]:
    """Tensors as a contract has them, random: to trace with, and to hold a file against its model."""
    draw = torch.Generator().manual_seed(seed)
    made: dict[str, Tensor] = {}
    for one in inputs:
        shape = [batch if n == BATCH else int(n) for n in one.shape]
        match one.name.partition("_")[2]:
            case "image":
                made[one.name] = torch.rand(shape, generator=draw) * 2 - 1
            case "regions":
                made[one.name] = torch.randint(0, regions, shape, generator=draw)
            case "visible":
                made[one.name] = torch.rand(shape, generator=draw) < 0.9
            case "joints":
                size = inputs[0].shape[-2:]
                made[one.name] = torch.rand(shape, generator=draw) * torch.tensor([float(size[1]), float(size[0])])
            case _:
                made[one.name] = torch.rand(shape, generator=draw)
    return made


def _refused(what: str, fix: str) -> ZooError:
    return ZooError(what, where="the inputs of an exported model", fix=fix, exit_code=2)
