"""What is run again and again: a forward pass, one with its gradients, or a whole training step."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from zoo.errors import ZooError
from zoo.interfaces import Dataset
from zoo.model import Kit, build, build_losses
from zoo.ops.precision import reduced
from zoo.recipes.catalog import catalog
from zoo.recipes.recipe import Recipe
from zoo.recipes.request import Request, resolve
from zoo.recipes.track import Track
from zoo.timing.peers import load_peer
from zoo.training.interruption import Flag
from zoo.training.plan import Plan, start_accelerator
from zoo.training.run import Run
from zoo.types import Pair


@dataclass
class Pass:
    """One pass over a batch, and the module that it goes through."""

    module: nn.Module
    run: Callable[[], object]
    phase: str = ""  # of a training step
    parts: Mapping[str, nn.Module] = field(default_factory=dict)  # that are timed apart
    components: Mapping[str, str] = field(default_factory=dict)  # who plays them


def made(spec: Mapping[str, Any]) -> Pass:
    """The pass that a cell's specification names; parameters are random, for time does not depend on what they know."""
    return _of_peer(spec) if "peer" in spec else _of_recipe(spec)


def _of_recipe(spec: Mapping[str, Any]) -> Pass:
    asked = spec["request"]
    request = Request(**{**asked, "root": Path(asked["root"]) if asked["root"] else None})
    recipe, track = resolve(request, catalog())
    kit = build(recipe, track, catalog())
    kit.model.to(spec["device"])
    if spec["what"] == "step":
        return _training(recipe, kit, track, spec)
    return replace(_spine(kit, spec), components={name: part.use for name, part in recipe.parts().items()})


def _spine(kit: Kit, spec: Mapping[str, Any]) -> Pass:
    """On people of the track. The target's regions are given: a part may skip one that is absent, or that looks alike."""
    pair = _people(kit.data, spec["batch"]).to(spec["device"])
    model = kit.model
    model.precision = spec["precision"]
    mode = "truth" if model.parsing is not None or model.oracle else None
    model.to(memory_format=torch.channels_last)  # as in training and in scoring
    run = _plain(model, lambda: model(pair, parsing=mode).image, spec["what"])
    return Pass(model, run, parts=dict(model.named_children()) if spec["what"] == "forward" else {})


def _training(recipe: Recipe, kit: Kit, track: Track, spec: Mapping[str, Any]) -> Pass:
    """A step of the last phase on people of the track, in the loop's own words."""
    plan = Plan(Path(), track.budget.steps, spec["batch"], device=spec["device"], precision=spec["precision"])
    run = Run(recipe, kit, build_losses(recipe, kit, catalog()), plan, start_accelerator(plan))
    span = run.spans[-1]
    run.step = span.begin
    stage, pair = run.enter(span), _people(kit.data, spec["batch"])
    return Pass(kit.model, lambda: run.advance(stage, pair, Flag()), span.phase.name)


def _people(data: Dataset, batch: int) -> Pair:
    """So many people in two poses each, where the track has two; again from the first where it has fewer people."""
    groups = cycle((group[0], group[-1]) for group in data.groups("train"))
    sources, targets = torch.tensor([*islice(groups, batch)]).T
    return data.load("train", sources, targets)


def _of_peer(spec: Mapping[str, Any]) -> Pass:
    path, function = spec["peer"]
    module, inputs, step = load_peer(Path(path), function, spec["batch"], tuple(spec["size"]), spec["device"])
    if spec["what"] != "step":
        return Pass(module, _cast(_plain(module, lambda: module(*inputs), spec["what"]), spec))
    if step is None:
        raise ZooError(f"{function} gives no training step", where=path, fix="--what forward,gradient", exit_code=2)
    return Pass(module, _cast(step, spec), "its own")


def _cast(run: Callable[[], object], spec: Mapping[str, Any]) -> Callable[[], object]:
    def cast() -> None:
        with reduced(spec["precision"], torch.device(spec["device"]).type):
            run()

    return cast


def _plain(module: nn.Module, forward: Callable[[], Any], what: str) -> Callable[[], object]:
    """A forward pass alone, or one with the gradients of all parameters."""
    if what == "forward":
        module.eval()
        return torch.no_grad()(forward)
    module.train()

    def gradient() -> None:
        module.zero_grad()
        _scalar(forward()).backward()

    return gradient


def _scalar(output: Any) -> Tensor:
    """The mean square of the first tensor of what a module returns."""
    while not isinstance(output, Tensor):
        output = next(iter(output.values())) if isinstance(output, Mapping) else output[0]
    return output.float().square().mean()
