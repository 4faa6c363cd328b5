"""What is computed of pictures: a value a pair, or what Inception answers; each once, however many protocols ask for it."""

from collections.abc import Iterable
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor

from zoo.scoring.inception import Inception, prepared
from zoo.scoring.lpips import LPIPS
from zoo.scoring.networks import network
from zoo.scoring.pictures.document import (
    InceptionRule,
    L1Rule,
    LpipsRule,
    Preparation,
    PsnrRule,
    Resizing,
    Rule,
    Showing,
    SsimRule,
)
from zoo.scoring.pictures.pixels import l1, psnr, psnr_of_wrapped_bytes
from zoo.scoring.pictures.ssim import gaussian_window, ssim, uniform_window

PairRule = SsimRule | PsnrRule | L1Rule | LpipsRule  # of an output and its target
ON_CPU, ELSEWHERE = 4, 32  # pictures at a time: few on a CPU, where fresh memory costs more than sums in it
_BARE = {
    "name": "",
    "note": "",
    "prepare": None,
    "view": Showing(),
    "drop_last": None,
}  # says nothing of the number of one pair


class Pairwise(NamedTuple):
    """A number of an output and its target."""

    prepare: Preparation
    view: Showing
    rule: Rule


class Answers(NamedTuple):
    """What Inception answers to pictures."""

    prepare: Preparation
    view: Showing
    graph: str
    resample: Any
    normalise: Any


Look = Pairwise | Answers


def pairwise(rule: PairRule, prepare: Preparation) -> Pairwise:
    """What a rule of an output and its target computes."""
    return Pairwise(rule.prepare or prepare, rule.view, rule.model_copy(update=_BARE))


def answers(rule: InceptionRule, prepare: Preparation, resize: Resizing | None = None) -> Answers:
    """What an Inception rule reads; `resize` is of real pictures alone."""
    view = rule.view.model_copy(update={"resize": resize}) if resize else rule.view
    return Answers(rule.prepare or prepare, view, rule.graph, rule.resample, rule.normalise)


class Lenses:
    """The networks that the looks are taken through. ZooError where one is absent."""

    def __init__(self, pairs: Iterable[Pairwise], answered: Iterable[Answers], device: torch.device | str) -> None:
        self.device = device
        self.batch = ON_CPU if torch.device(device).type == "cpu" else ELSEWHERE
        nets = {pair.rule.net for pair in pairs if isinstance(pair.rule, LpipsRule)}
        self._lpips = {net: LPIPS(net, device) for net in nets}
        self._inceptions = {graph: cast(Inception, network(graph, device)) for graph in {look.graph for look in answered}}

    def number(self, rule: Rule, output: Tensor, truth: Tensor) -> Tensor:
        """(B,) of images (B,3,H,W) in [0,1]."""
        if isinstance(rule, SsimRule):
            window = gaussian_window(rule.width, rule.sigma) if rule.sigma else uniform_window(rule.width)
            span = output.amax((1, 2, 3)) - output.amin((1, 2, 3)) if rule.range == "output" else rule.range
            return ssim(output, truth, window, span, sample=rule.covariance == "sample")
        if isinstance(rule, PsnrRule):
            decibels = (psnr if rule.domain == "float" else psnr_of_wrapped_bytes)(output, truth)
            return decibels if rule.cap is None else decibels.clamp(max=rule.cap)
        if isinstance(rule, LpipsRule):
            return self._lpips[rule.net](output * 2 - 1, truth * 2 - 1)
        assert isinstance(rule, L1Rule), f"{rule.name} is no rule of pairs"
        return l1(output, truth)

    def answer(self, look: Answers, image: Tensor) -> tuple[Tensor, Tensor]:
        """Features (B,2048) and logits of images (B,3,H,W) in [0,1], on the CPU."""
        features, logits = self._inceptions[look.graph](prepared(image, look.resample, look.normalise))
        return features.cpu(), logits.cpu()
