"""What a run is asked for, the device it gets, and what it leaves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from torch import Tensor

from zoo.errors import ZooError
from zoo.recipes.request import OFTEN, Every
from zoo.training import processes
from zoo.training.tracking import NOBODY, Telling


@dataclass(frozen=True)
class Plan:
    """How much to train, where, and on what."""

    folder: Path  # log.jsonl, checkpoint.safetensors, times.json, tensorboard/, samples/
    steps: int  # in total, split over the phases by their share
    batch: int  # samples per step, over all processes
    seed: int = 0
    device: str = "cpu"  # "cpu", "cuda", "mps"
    precision: Literal["no", "bf16"] = "no"  # of products in the model and in the nets that losses look through
    identity: Mapping[str, str] = field(default_factory=dict)  # what else a checkpoint must be of: the track, the first weights
    every: Every = OFTEN  # a checkpoint is written
    resume: bool = False  # go on from the folder's checkpoint; without one, start afresh
    telling: Telling = NOBODY  # who is told of it besides log.jsonl


@dataclass(frozen=True)
class Trained:
    """What training leaves."""

    steps: int
    images_seen: int
    seconds: float  # over all sessions of a resumed run
    weights: dict[str, Tensor]  # fp32 on the CPU; the moving average if the recipe keeps one


def start_accelerator(plan: Plan) -> Accelerator:
    """Accelerate on the plan's device; ZooError when it is not there, or the batch cannot be split over the processes."""
    processes.join(plan.device)
    AcceleratorState._reset_state(reset_partial_state=True)  # it outlives a run, and refuses another device or precision
    try:
        accelerator = Accelerator(mixed_precision=plan.precision, cpu=plan.device == "cpu")
    except ValueError as error:
        raise ZooError(f"precision {plan.precision}: {error}", where=f"device {plan.device}", fix="--precision no") from error
    wanted, found = torch.device(plan.device), accelerator.device
    if wanted.type != found.type or wanted.index not in (None, found.index):
        what = f"device {plan.device} was asked for, {found} is what there is"
        raise ZooError(what, where="--device", fix=f"--device {found}", exit_code=2)
    if plan.batch % accelerator.num_processes:
        raise ZooError(
            f"a batch of {plan.batch} cannot be split over {accelerator.num_processes} processes",
            where="--batch, or the track's budget",
            fix="start a number of processes that divides the batch, or choose another --batch",
            exit_code=2,
        )
    return accelerator
