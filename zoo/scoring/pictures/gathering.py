"""The pass over the pictures: each file is decoded once, each look taken once."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import torch
from torch import Tensor

from zoo.errors import ZooError
from zoo.scoring.moments import FullBatches
from zoo.scoring.pictures.asked import Looks
from zoo.scoring.pictures.document import Preparation, Showing
from zoo.scoring.pictures.frames import Bytes, Role, opened, prepared
from zoo.scoring.pictures.loading import by_threads, stacked
from zoo.scoring.pictures.looks import Answers, Lenses, Pairwise
from zoo.scoring.pictures.naming import Couple
from zoo.scoring.pictures.supplies import Supplies
from zoo.scoring.pictures.views import seen

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

    def join(self, other: "Gathered") -> None:
        """Take in what comes after."""
        self.couples += other.couples
        self.damaged += other.damaged
        for look, numbers in other.numbers.items():
            self.numbers[look] += numbers
        for mine, theirs in zip(self._told(), other._told(), strict=True):
            for answered, rows in theirs.items():
                mine[answered] += rows

    def _told(self) -> tuple[Told, Told, Told]:
        return self.features, self.logits, self.targets


def gather(couples: Sequence[Couple], looks: Looks, supplies: Supplies, lenses: Lenses, progress: Progress) -> Gathered:
    """Look at outputs and their targets."""
    gathered, preparations, done = Gathered(), looks.preparations(), 0
    first = {couple.target: couple.name for couple in reversed(couples)}  # the first couple that shows a target

    def work(chunk: Sequence[Couple]) -> tuple[int, Gathered]:
        loaded = [[_loaded(path, role, preparations, supplies) for role, path in _sides(couple)] for couple in chunk]
        read = [
            (c, pictures) for c, pictures in zip(chunk, loaded, strict=True) if not any(isinstance(p, str) for p in pictures)
        ]
        part = Gathered(damaged=[why for pictures in loaded for why in pictures if isinstance(why, str)])
        if read:
            part.couples = [couple for couple, _ in read]
            fresh = torch.tensor([first[c.target] == c.name for c in part.couples])
            sides = dict(zip(("outputs", "targets"), zip(*(p for _, p in read), strict=True), strict=True))
            _look(part, sides, fresh, looks, supplies, lenses)  # type: ignore[arg-type]
        return len(chunk), part

    for count, part in by_threads(couples, work, lenses.batch):
        gathered.join(part)
        progress(done := done + count)
    return gathered


@dataclass
class Real:
    """What was seen of the real pictures, in order of name. For a Frechet distance fifty thousand take the room of two."""

    sums: dict[tuple[Answers, int | None], FullBatches]
    rows: Told = field(default_factory=lambda: defaultdict(list))
    damaged: list[str] = field(default_factory=list)


def gather_real(looks: Looks, supplies: Supplies, lenses: Lenses, progress: Progress) -> Real:
    """Look at the real pictures."""
    real = Real({asked: FullBatches(asked[1]) for asked in looks.sums})
    preparations, done = {look.prepare for look in looks.real}, 0

    def work(chunk: Sequence[Path]) -> tuple[list[Pictures | str], dict[Answers, Tensor]]:
        loaded = [_loaded(path, "real", preparations, supplies) for path in chunk]
        read = [pictures for pictures in loaded if not isinstance(pictures, str)]
        images = {look: stacked([p[look.prepare] for p in read], lenses.device) for look in looks.real} if read else {}
        return loaded, {look: lenses.answer(look, seen(image, look.view))[0] for look, image in images.items()}

    for loaded, features in by_threads(supplies.real, work, lenses.batch) if preparations else ():
        real.damaged += [why for why in loaded if isinstance(why, str)]
        for (look, _), sums in real.sums.items():
            if look in features:
                sums.add(features[look])
        for look in looks.rows & features.keys():
            real.rows[look].append(features[look])
        progress(done := done + len(loaded))
    return real


def _sides(couple: Couple) -> tuple[tuple[Role, Path], tuple[Role, Path]]:
    return ("outputs", couple.output), ("targets", couple.target)


def _look(
    part: Gathered,
    sides: Mapping[Role, Sequence[Pictures]],
    fresh: Tensor,
    looks: Looks,
    supplies: Supplies,
    lenses: Lenses,
) -> None:
    """Take every look at one batch; of targets, at those that are `fresh` (B,)."""
    names = [couple.target_name for couple in part.couples]

    @cache
    def whole(side: Role, prepare: Preparation) -> Tensor:
        return stacked([pictures[prepare] for pictures in sides[side]], lenses.device)

    @cache
    def shown(side: Role, prepare: Preparation, view: Showing) -> tuple[Tensor, Tensor]:
        image = whole(side, prepare)
        if not view.mask:
            return seen(image, view), torch.ones(len(names), dtype=torch.bool)
        size = view.resize.size if view.resize else prepare.size
        mask, known = supplies.masks(view.mask, names, size)
        return seen(image, view, mask.to(lenses.device)), known

    for pair in looks.pairs:
        output, known = shown("outputs", pair.prepare, pair.view)
        truth, _ = shown("targets", pair.prepare, pair.view)
        part.numbers[pair].append(lenses.number(pair.rule, output, truth).cpu().where(known, torch.nan))
    for look in looks.outputs:
        image, known = shown("outputs", look.prepare, look.view)
        if known.any():
            features, logits = lenses.answer(look, image[known.to(image.device)])
            part.features[look].append(features)
            part.logits[look].append(logits)
    for look in looks.targets if fresh.any() else ():
        image, _ = shown("targets", look.prepare, look.view)
        part.targets[look].append(lenses.answer(look, image[fresh.to(image.device)])[0])


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
