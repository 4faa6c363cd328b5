"""What a phase means for the parameters: its steps, optimisers and learning rate, and their moving average."""

import math
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import torch
import torch.distributed as dist
from accelerate import Accelerator
from torch import Tensor, nn
from torch.nn.utils import clip_grads_with_norm_, get_total_norm
from torch.optim import SGD, Adam, AdamW, Optimizer
from torch.optim.swa_utils import get_ema_multi_avg_fn

from zoo.recipes.beginnings import ends
from zoo.recipes.recipe import Phase
from zoo.training.averaging import Averaging


@dataclass(frozen=True)
class Span:
    """A phase and its steps [begin, end) of the run."""

    phase: Phase
    begin: int
    end: int

    def rate(self, step: int) -> float:
        """The learning rate at `step`, relative to the phase's."""
        return self._warmth(step) * self._scheduled((step - self.begin) / (self.end - self.begin))

    def _warmth(self, step: int) -> float:
        return min(1.0, (step - self.begin + 1) / (self.phase.warmup + 1))

    def _scheduled(self, done: float) -> float:
        if self.phase.schedule == "cosine":
            return 0.5 * (1 + math.cos(math.pi * done))
        return 1 - done if self.phase.schedule == "linear" else 1.0

    def fade(self, step: int) -> float:
        """How far a growing part has faded in at `step`: from 0 to 1 over the first half, then all of it."""
        return min(2 * (step + 1 - self.begin) / (self.end - self.begin), 1.0)


def spans(phases: Sequence[Phase], steps: int) -> list[Span]:
    """The run's steps, split over the phases by their share."""
    places = ends(phases, steps)
    return [Span(phase, begin, end) for phase, begin, end in zip(phases, [0, *places], places, strict=False)]


class Descent:
    """One optimiser over some parameters of a phase."""

    def __init__(self, phase: Phase, parameters: Iterable[nn.Parameter], lr: float) -> None:
        self.parameters, self.lr, self.clip = list(parameters), lr, phase.clip
        self.optimiser = _optimiser(phase, self.parameters, lr)
        self.optimiser.state.update({p: _started(phase, p) for p in self.parameters})
        self.averaging = Averaging(self.parameters) if dist.is_initialized() else nullcontext()
        self.norm = torch.zeros(())  # of the last step's gradient, before it was clipped

    def step(self, loss: Tensor, rate: float, accelerator: Accelerator) -> None:
        """One step down `loss`, at `rate` times the learning rate."""
        with self.averaging:
            accelerator.backward(loss)
        self.norm = get_total_norm([p.grad for p in self.parameters if p.grad is not None])
        if self.clip is not None:
            clip_grads_with_norm_(self.parameters, self.clip, self.norm)
        for group in self.optimiser.param_groups:
            group["lr"] = self.lr * rate
        self.optimiser.step()
        self.optimiser.zero_grad()  # at once: until the next step they are of no use, and as large as the model

    def freeze(self, frozen: bool) -> None:
        """Whether backward passes spare these parameters."""
        for parameter in self.parameters:
            parameter.requires_grad_(not frozen)

    def state(self) -> dict[str, Tensor]:
        """The optimiser's own tensors as "index.name"; rates are its phase's affair."""
        entries = enumerate(self.optimiser.state[p] for p in self.parameters)
        return {f"{i}.{k}": v for i, entry in entries for k, v in entry.items() if isinstance(v, Tensor)}


def _started(phase: Phase, parameter: nn.Parameter) -> dict[str, Tensor]:
    """The state of a parameter before its first gradient. PyTorch makes it with that gradient; made at once it is the same,
    and every checkpoint of a phase holds the same tensors."""
    if phase.optimiser == "sgd":
        return {"momentum_buffer": torch.zeros_like(parameter)} if phase.betas[0] else {}
    return {"step": torch.tensor(0.0), "exp_avg": torch.zeros_like(parameter), "exp_avg_sq": torch.zeros_like(parameter)}


def _optimiser(phase: Phase, parameters: list[nn.Parameter], lr: float) -> Optimizer:
    if phase.optimiser == "sgd":
        return SGD(parameters, lr=lr, momentum=phase.betas[0], weight_decay=phase.weight_decay)
    kind = AdamW if phase.optimiser == "adamw" else Adam
    return kind(parameters, lr=lr, betas=phase.betas, weight_decay=phase.weight_decay)


class Average:
    """Exponential moving average of a model's parameters; buffers are copied."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.state = {name: value.detach().clone() for name, value in model.state_dict().items()}
        self._moving = [name for name, _ in model.named_parameters(remove_duplicate=False)]

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        """average <- d average + (1 - d) model, d = min(decay, (1 + step) / (10 + step)): the start is soon forgotten."""
        current = model.state_dict()
        follow = get_ema_multi_avg_fn(min(self.decay, (1 + step) / (10 + step)))
        follow([self.state[n] for n in self._moving], [current[n] for n in self._moving], step)
        for name in current.keys() - set(self._moving):
            self.state[name].copy_(current[name])
