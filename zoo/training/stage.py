"""One phase at work: what it trains, and its step."""

from collections.abc import Iterable
from contextlib import ExitStack
from functools import partial
from typing import cast

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from zoo.errors import ZooError, nearest
from zoo.interfaces import Dataset, FeatureNet, Frozen, Growing, Loss
from zoo.model import Model
from zoo.ops.batch import talking
from zoo.ops.shrink import shrunk
from zoo.recipes.promises import a_critics_term, a_term, kept
from zoo.recipes.recipe import Phase, Recipe
from zoo.store.tensors import State
from zoo.training.lowered import lowered
from zoo.training.optimisation import Descent, Span
from zoo.training.plateau import Slope, loaded, mean_over
from zoo.types import Outcome, Pair


class Stage:
    """A phase with fresh optimisers: one over what is not frozen in the model, one over its losses' own parameters (critics).

    What the phase does not train is in eval mode; gradients flow through it.
    """

    def __init__(self, span: Span, recipe: Recipe, model: Model, losses: nn.ModuleDict, accelerator: Accelerator) -> None:
        self.span, self.model, self.accelerator, self.sources = span, model, accelerator, recipe.sources
        self.losses = {n: cast(Loss, losses[n]) for n in span.phase.losses if n in losses}
        self.nets = {m for loss in self.losses.values() for m in loss.modules() if isinstance(m, FeatureNet)}
        self.weights = {n: recipe.losses[n].weight for n in self.losses}
        self.uses = {n: recipe.losses[n].use for n in self.losses}
        self.slope = Slope(span.phase.plateau) if span.phase.plateau else None
        self.parts = self._descent((p for p in model.parameters() if p.requires_grad), span.phase.lr)
        self.critics = self._descent(
            (p for x in self.losses.values() for p in x.parameters() if p.requires_grad), span.phase.critic_lr
        )
        self._set_modes()

    def _descent(self, parameters: Iterable[nn.Parameter], lr: float) -> Descent | None:
        unique = list(dict.fromkeys(parameters))
        return Descent(self.span.phase, unique, lr) if unique else None

    def _set_modes(self) -> None:
        self.model.eval()
        working = [part for name, part in self.model.named_children() if name in self.span.phase.train]
        for module in [*working, *self.losses.values()]:
            module.train()
            for inner in module.modules():
                if isinstance(inner, Frozen):
                    inner.eval()
        for module in frozen_modules(self.model, self.span.phase):
            module.eval()

    def rate(self, step: int) -> float:
        """The learning rate at `step`, relative to the phase's."""
        return self.span.rate(step) * (self.slope.rate if self.slope else 1.0)

    def looks(self, step: int) -> bool:
        """Whether the watched loss is looked at before `step`."""
        done = step - self.span.begin
        return self.slope is not None and done > 0 and done % self.slope.rule.every == 0

    @torch.no_grad()
    def look(self, data: Dataset, batch: int) -> None:
        """Note the watched loss, in eval mode; all processes look at all of its pairs."""
        assert self.slope is not None, "asked before"
        self.model.eval()
        pairs = loaded(data, self.slope.rule, batch, self.sources)
        loss = self.losses[self.slope.rule.watch].eval()
        values = [(loss(self._forward(pair.to(self.accelerator.device))), len(pair)) for pair in pairs]
        self._set_modes()
        with talking():
            alike = self.accelerator.reduce(mean_over(values), "mean")  # random parts draw another share in each process
        self.slope.note(float(cast(Tensor, alike)))

    def step(self, pair: Pair, step: int) -> dict[str, Tensor]:
        """Train on one batch; the loss terms, their weighted "total", and the critics' terms as "critic.NAME"."""
        if self.critics:
            self.critics.freeze(True)
        self._grow(step)
        outcome = self._forward(pair)
        with self._looking():
            terms = {name: kept(self._label(name), partial(loss, outcome), a_term) for name, loss in self.losses.items()}
        total = sum((self.weights[name] * term for name, term in terms.items()), torch.zeros(()))
        if self.parts is None or not total.requires_grad:
            raise self._idle()
        self.parts.step(total, self.rate(step), self.accelerator)
        return {**terms, "total": total} | self._train_critics(outcome.map(Tensor.detach), step)

    def norms(self) -> dict[str, Tensor]:
        """How long the last step's gradients were, by whose they are."""
        whose = {"the gradient": self.parts, "the critics' gradient": self.critics}
        return {name: descent.norm for name, descent in whose.items() if descent}

    def _looking(self) -> ExitStack:
        """The losses' nets are as precise as the model, and feature nets look at an image once, however many losses ask."""
        stack = ExitStack()
        if self.accelerator.mixed_precision != "no":
            stack.enter_context(lowered(nets_of(self.losses.values()), self.accelerator.autocast))
        for net in self.nets:
            stack.enter_context(net.sharing())
        return stack

    def _grow(self, step: int) -> None:
        if self.span.phase.grow:
            for module in self.model.modules():
                if isinstance(module, Growing):
                    module.fade.fill_(self.span.fade(step))

    def _forward(self, pair: Pair) -> Outcome:
        with self.accelerator.autocast():
            outcome = cast(Outcome, self.model(pair, until=self.span.phase.until, parsing=self.span.phase.parsing, learns=True))
        return shrunk(outcome.map(lambda t: t.float() if t.is_floating_point() else t), self.span.phase.reduce)

    def _train_critics(self, outcome: Outcome, step: int) -> dict[str, Tensor]:
        if self.critics is None:
            return {}
        self.critics.freeze(False)
        with self._looking():
            critics = {
                n: kept(self._label(n), partial(loss.critic, outcome), a_critics_term) for n, loss in self.losses.items()
            }
        terms = {f"critic.{name}": term for name, term in critics.items() if term is not None}
        if terms:
            self.critics.step(torch.stack(list(terms.values())).sum(), self.rate(step), self.accelerator)
        return terms

    def _label(self, name: str) -> str:
        return f"loss {self.uses[name]}"

    def _idle(self) -> ZooError:
        phase = self.span.phase
        return ZooError(
            f"phase {phase.name!r} has nothing to learn: none of its losses ({', '.join(self.losses) or 'all have weight 0'}) "
            f"depends on a parameter of {', '.join(phase.train)}",
            where=f"phases, name = {phase.name!r}",
            fix="train another part in it, give it another loss, or remove it",
            exit_code=2,
        )

    def state(self) -> dict[str, State]:
        """The optimisers' tensors, and what the looks at a watched loss said."""
        kept = {"optimiser": self.parts, "critic_optimiser": self.critics, "slope": self.slope}
        return {name: part.state() for name, part in kept.items() if part}


def nets_of(losses: Iterable[nn.Module]) -> list[nn.Module]:
    """What losses look through: their feature nets, detectors and discriminators, each once."""
    inside = [m for loss in losses for m in loss.modules() if isinstance(m, Loss)]
    children = (child for loss in inside for child in loss.children() if not isinstance(child, Loss))
    return list(dict.fromkeys(children))


def frozen_modules(model: nn.Module, phase: Phase) -> list[nn.Module]:
    """The modules that `phase.freeze` names; ZooError for one that the parts at hand do not have."""
    modules: dict[str, nn.Module] = {}
    for name, module in model.named_modules():
        modules.setdefault(name.replace(".inner", ""), module)  # a part's modules are called the same, whatever it wears
    for name in phase.freeze:
        if name not in modules:
            siblings = [other for other in modules if other.rpartition(".")[0] == name.rpartition(".")[0]]
            raise ZooError(
                f"phase {phase.name!r} freezes {name!r}, which the model does not have",
                where=f"phases, name = {phase.name!r}",
                fix=f"{nearest(name, filter(None, siblings))}; or --set phases.{phase.name}.freeze=[]",
                exit_code=2,
            )
    return [modules[name] for name in phase.freeze]
