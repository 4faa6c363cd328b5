"""A run under way: its steps, what it keeps, and what it hands over.

Batches and random numbers are functions of (seed, step), so a resumed run needs no generator state to go on exactly. Several
processes draw for the whole batch and take their share of it, so that they make one process's steps.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import isfinite
from typing import cast

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from zoo.errors import ZooError
from zoo.interfaces import Pairing
from zoo.model import Kit
from zoo.ops.batch import talking
from zoo.recipes.promises import photos
from zoo.recipes.recipe import Phase, Recipe
from zoo.store.checkpoint import frozen_digest, grouped, loss_state
from zoo.store.tensors import State
from zoo.training import processes
from zoo.training.beginnings import kept_beginnings
from zoo.training.interruption import Flag, Interrupted
from zoo.training.journal import Journal
from zoo.training.keeping import Keeper
from zoo.training.optimisation import Average, Span, spans
from zoo.training.plan import Plan, Trained
from zoo.training.plateau import watched
from zoo.training.prefetching import prefetched
from zoo.training.stage import Stage, frozen_modules
from zoo.types import Pair


@dataclass
class Run:
    """Steps, phases and checkpoints of one training; `train` drives it."""

    recipe: Recipe
    kit: Kit
    losses: nn.ModuleDict
    plan: Plan
    accelerator: Accelerator
    step: int = 0  # steps done
    whole: bool = True  # between two steps, where everything belongs to the same one
    stage: Stage | None = None  # the phase at work

    def __post_init__(self) -> None:
        for module in (self.kit.model, self.losses):
            module.to(self.accelerator.device)
            module.to(memory_format=torch.channels_last)
        model = self.kit.model
        self.trainable = [p for p in model.parameters() if p.requires_grad]
        self.average = Average(model, self.recipe.ema) if self.recipe.ema else None
        self.spans = spans(self.recipe.phases, self.plan.steps)
        height, width = self.kit.context.size
        settings: dict[str, str | int] = {
            **self.plan.identity, "data": self.kit.data.digest("train"), "image size": f"{height} x {width}",
            "seed": self.plan.seed, "batch": self.plan.batch, "precision": self.plan.precision,
        }  # fmt: skip
        nets = frozen_digest(model, self.losses)
        identity = {"recipe": self.recipe.digest(), "set of frozen nets": nets, "steps": self.plan.steps, **settings}
        self.keeper = Keeper(self.plan.folder, self.plan.steps, self.plan.every, identity)
        self.kept = kept_beginnings(self.recipe, model, self.losses, settings, self.plan.steps, self.accelerator.device)

    def start(self) -> None:
        """Go on from the folder's checkpoint; without one, see whether there is room for those to come, and begin."""
        for span in self.spans:
            if span.phase.plateau:
                watched(self.kit.data, span.phase.plateau)  # data without such pairs is refused before the first step
        last = self.keeper.load(resume=self.plan.resume)
        if last is None:
            self._require_space()
            self._begin()
            return
        self.step = last.step
        for span in self.spans:
            if span.begin < self.step < span.end:
                self.enter(span)
        last.restore(self._state(), self.keeper.path)

    def _begin(self) -> None:
        """With the longest of its beginnings that another run has left, if there is one."""
        for kept in reversed(self.kept):
            if (seconds := kept.take(self._state())) is not None:
                self.step = kept.beginning.end
                self.keeper.leave_out(-seconds)
                return

    def _require_space(self) -> None:
        learnt = [p for module in (self.kit.model, self.losses) for p in module.parameters() if p.requires_grad]
        moments = 2 * sum(p.nbytes for p in learnt)  # of Adam
        halves = sum(t.nbytes for t in self.kit.model.state_dict().values()) // 2
        self.keeper.require_space(self._state(), moments, halves)

    def through(self, span: Span, pairing: Pairing, flag: Flag, journal: Journal | None) -> None:
        """Make the steps of a phase that are still to be made."""
        stage = self.enter(span)
        for pair, waited in prefetched(self._loader(span.phase.pairing.use, pairing), range(self.step, span.end)):
            values, stop, due = self.advance(stage, pair, flag)
            if journal:
                rate = span.phase.lr * stage.rate(self.step - 1)
                journal.note(self.step, span.phase.name, values, rate, self.keeper.seconds(), waited)
                self.keeper.leave_out(journal.show(self.step))
            if self.step == self.plan.steps:
                self.keeper.save_last(self._state)
            elif stop or due:
                self.keeper.save(self.step, self._state)
            if stop and self.step < self.plan.steps:
                raise processes.alike(
                    Interrupted(
                        f"stopped after step {self.step} of {self.plan.steps}; nothing is lost",
                        where=str(self.keeper.path),
                        fix="add --resume to the same command to go on",
                        exit_code=130,
                    )
                )

        for kept in self.kept:
            if kept.beginning.end == self.step:
                kept.leave(self._state(), self.keeper.seconds())

    def enter(self, span: Span) -> Stage:
        """The phase of `span` at work, with fresh optimisers unless it was already."""
        if self.stage is None or self.stage.span is not span:
            self._freeze_all_but(span.phase)
            self.stage = Stage(span, self.recipe, self.kit.model, self.losses, self.accelerator)
        return self.stage

    def _freeze_all_but(self, phase: Phase) -> None:
        model = self.kit.model
        trained = {id(p) for name, part in model.named_children() if name in phase.train for p in part.parameters()}
        trained -= {id(p) for module in frozen_modules(model, phase) for p in module.parameters()}
        for parameter in self.trainable:
            parameter.requires_grad_(id(parameter) in trained)

    def advance(self, stage: Stage, pair: Pair, flag: Flag) -> tuple[dict[str, float], bool, bool]:
        """One step; the loss terms, whether a signal asks to stop, and whether a checkpoint is due."""
        self.whole = False
        if stage.looks(self.step):
            torch.manual_seed(step_seed(self.plan.seed, self.step))
            stage.look(self.kit.data, self.plan.batch)
        torch.manual_seed(step_seed(self.plan.seed, self.step))
        terms = stage.step(pair.to(self.accelerator.device), self.step)
        if self.average:
            self.average.update(self.kit.model, self.step)
        self.step += 1
        told = self._gather(terms, stage.norms(), flag.raised, self.keeper.due(self.step))
        self.whole = True
        return told

    def _gather(self, terms: State, norms: State, stop: bool, due: bool) -> tuple[dict[str, float], bool, bool]:
        # averaged over the processes with what they ask, so that all of them do it at the same step
        device = self.accelerator.device
        asked = torch.tensor([float(stop), float(due)], device=device)
        packed = torch.cat([torch.stack([t.detach().float().to(device) for t in (*terms.values(), *norms.values())]), asked])
        with talking():
            *numbers, stopping, saving = cast(Tensor, self.accelerator.reduce(packed, "mean")).tolist()
        for name, value in zip([*(f"loss {name}" for name in terms), *norms], numbers, strict=True):
            if not isfinite(value):
                raise processes.alike(self._diverged(name, value))
        return dict(zip(terms, numbers, strict=False)), stopping > 0, saving > 0

    def _diverged(self, name: str, value: float) -> ZooError:
        """A gradient can be lost where the losses are not: before the weights it has spoilt are written."""
        assert self.stage is not None, "a step was made in it"
        phase = self.stage.span.phase
        ways = ["lower the weight of a loss, or the lr"]
        ways += [] if phase.clip else [f"--set phases.{phase.name}.clip=1.0"]
        ways += ["--precision no"] if self.plan.precision != "no" else []
        return ZooError(
            f"{name} is {value} at step {self.step}, in phase {phase.name!r}",
            where=f"recipe {self.recipe.name} ({self.recipe.variant})",
            fix=f"{', or '.join(ways)}; the last checkpoint is from before",
        )

    def _loader(self, name: str, pairing: Pairing) -> Callable[[int], Pair]:
        count = self.plan.batch // self.accelerator.num_processes
        offset = self.accelerator.process_index * count
        promise = photos(self.recipe.sources, pairing.fewest)

        def load(step: int) -> Pair:
            start = step * self.plan.batch + offset
            pair = pairing.sample(self.kit.data, "train", seed=self.plan.seed, start=start, count=count)
            promise(f"pairing {name}", pair)
            return pair

        return load

    def _state(self) -> dict[str, Tensor]:
        """Everything a checkpoint holds; of the optimisers only within a phase, for the next one begins with fresh ones."""
        groups: dict[str, State] = {"model": self.kit.model.state_dict(), "losses": loss_state(self.losses)}
        if self.average:
            groups["average"] = self.average.state
        if self.stage and self.stage.span.begin < self.step < self.stage.span.end:
            groups |= self.stage.state()
        return grouped(groups)

    @contextmanager
    def rescued(self) -> Iterator[None]:
        """An error between two steps, a broken photo for instance, leaves a checkpoint. The middle of a step is worth none."""
        try:
            yield
        except Exception:
            if self.whole:
                self.keeper.rescue(self.step, self._state)
            raise

    def finish(self) -> Trained:
        """Hand the average to the model, and thaw what phases froze."""
        model = self.kit.model.eval()
        if self.average:
            model.load_state_dict(self.average.state)
        for parameter in self.trainable:
            parameter.requires_grad_(True)
        weights = {n: (v.float() if v.is_floating_point() else v).cpu().clone() for n, v in model.state_dict().items()}
        return Trained(self.step, self.step * self.plan.batch, self.keeper.seconds(), weights)


def step_seed(seed: int, step: int) -> int:
    """32 well mixed bits: the CPU generator ignores the rest. All processes draw alike."""
    return int.from_bytes(hashlib.sha256(f"{seed} {step} 0".encode()).digest()[:4], "big")
