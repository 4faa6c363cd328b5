"""The pass over the pictures: each file is decoded once, each look taken once."""

import os
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import torch
from torch import Tensor

from zoo.errors import ZooError
from zoo.scoring.pictures.asked import Looks
from zoo.scoring.pictures.document import Preparation, Showing
from zoo.scoring.pictures.frames import Bytes, Role, opened, prepared
from zoo.scoring.pictures.loading import prefetched, stacked
from zoo.scoring.pictures.looks import Answers, Lenses, Pairwise
from zoo.scoring.pictures.naming import Couple
from zoo.scoring.pictures.supplies import Supplies
from zoo.scoring.pictures.views import seen

BATCH = 16  # couples at a time
Progress = Callable[[int], object]  # pictures looked at
Pictures = dict[Preparation, Bytes]
Told = dict[Answers, list[Tensor]]


@dataclass
class Gathered:
    """What was seen of the couples that could be read, in their order."""

    couples: list[Couple] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)  # and why
    numbers: dict[Pairwise, list[Tensor]] = field(default_factory=lambda: defaultdict(list))  # NaN where there is none
    features: Told = field(default_factory=lambda: defaultdict(list))
    logits: Told = field(default_factory=lambda: defaultdict(list))
    targets: Told = field(default_factory=lambda: defaultdict(list))  # features of every target once
    _shown: set[Path] = field(default_factory=set)  # targets so far

    def unseen(self, couples: Sequence[Couple]) -> Tensor:
        """(B,) bool: which couples are the first to show their target."""
        new = []
        for couple in couples:
            new.append(couple.target not in self._shown)
            self._shown.add(couple.target)
        return torch.tensor(new)


def gather(couples: Sequence[Couple], looks: Looks, supplies: Supplies, lenses: Lenses, progress: Progress) -> Gathered:
    """Look at outputs and their targets."""
    gathered, done = Gathered(), 0
    preparations = looks.preparations()

    def load(couple: Couple) -> tuple[Couple, tuple[Pictures, Pictures] | str]:
        output = _loaded(couple.output, "outputs", preparations, supplies)
        target = _loaded(couple.target, "targets", preparations, supplies)
        return couple, next((side for side in (output, target) if isinstance(side, str)), (output, target))  # type: ignore[return-value]

    for chunk in prefetched(couples, load, BATCH, _workers()):
        read = [(couple, pictures) for couple, pictures in chunk if not isinstance(pictures, str)]
        gathered.damaged += [why for _, why in chunk if isinstance(why, str)]
        if read:
            _look(gathered, looks, supplies, lenses, [couple for couple, _ in read], *zip(*(p for _, p in read), strict=True))
        progress(done := done + len(chunk))
    return gathered


def gather_real(looks: Looks, supplies: Supplies, lenses: Lenses, progress: Progress) -> tuple[Told, list[str]]:
    """Features of the real pictures, in order of name; and which could not be read."""
    told: Told = defaultdict(list)
    damaged: list[str] = []
    preparations, done = {look.prepare for look in looks.real}, 0
    if not preparations:
        return told, damaged
    for chunk in prefetched(supplies.real, lambda path: _loaded(path, "real", preparations, supplies), BATCH, _workers()):
        damaged += [why for why in chunk if isinstance(why, str)]
        read = [pictures for pictures in chunk if not isinstance(pictures, str)]
        for look in looks.real if read else ():
            image = seen(stacked([pictures[look.prepare] for pictures in read], lenses.device), look.view)
            told[look].append(lenses.answer(look, image)[0])
        progress(done := done + len(chunk))
    return told, damaged


def _look(
    gathered: Gathered,
    looks: Looks,
    supplies: Supplies,
    lenses: Lenses,
    couples: list[Couple],
    outputs: Sequence[Pictures],
    targets: Sequence[Pictures],
) -> None:
    """Take every look at one batch."""
    sides, names = {"outputs": outputs, "targets": targets}, [couple.target_name for couple in couples]

    @cache
    def whole(side: str, prepare: Preparation) -> Tensor:
        return stacked([pictures[prepare] for pictures in sides[side]], lenses.device)

    @cache
    def shown(side: str, prepare: Preparation, view: Showing) -> tuple[Tensor, Tensor]:
        image = whole(side, prepare)
        if not view.mask:
            return seen(image, view), torch.ones(len(names), dtype=torch.bool)
        size = view.resize.size if view.resize else prepare.size
        mask, known = supplies.masks(view.mask, names, size)
        return seen(image, view, mask.to(lenses.device)), known

    gathered.couples += couples
    for pair in looks.pairs:
        (output, known), (truth, _) = (shown(side, pair.prepare, pair.view) for side in sides)
        gathered.numbers[pair].append(lenses.number(pair.rule, output, truth).cpu().where(known, torch.nan))
    for look in looks.outputs:
        image, known = shown("outputs", look.prepare, look.view)
        if known.any():
            features, logits = lenses.answer(look, image[known.to(image.device)])
            gathered.features[look].append(features)
            gathered.logits[look].append(logits)
    new = gathered.unseen(couples)
    for look in looks.targets if new.any() else ():
        image, _ = shown("targets", look.prepare, look.view)
        gathered.targets[look].append(lenses.answer(look, image[new.to(image.device)])[0])


def _loaded(path: Path, role: Role, preparations: set[Preparation], supplies: Supplies) -> Pictures | str:
    """The picture as each preparation has it, or why it cannot be read. ZooError where it is not what a protocol measures."""
    layout = supplies.layouts[role]
    try:
        photo = opened(path, layout, role)
    except ZooError as error:
        if error.exit_code == 2:
            raise
        return error.what
    return {to: prepared(photo, path, layout, role, to) for to in preparations}


def _workers() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
