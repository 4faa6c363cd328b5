"""Outputs against targets, by any number of protocols at once."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from zoo.errors import ZooError
from zoo.scoring.distributions import inception_score, kernel_distance
from zoo.scoring.frechet import frechet_of
from zoo.scoring.moments import Moments
from zoo.scoring.pictures.asked import Looks, real_answers
from zoo.scoring.pictures.document import (
    AnyRule,
    FidRule,
    InceptionRule,
    InceptionScoreRule,
    KidRule,
    PckhRule,
    PictureProtocol,
    Preparation,
)
from zoo.scoring.pictures.gathering import Gathered, Progress, Real, gather, gather_real
from zoo.scoring.pictures.looks import Answers, Lenses, answers, pairwise
from zoo.scoring.pictures.naming import Couple
from zoo.scoring.pictures.pckh import pckh_counts
from zoo.scoring.pictures.score import PictureScore
from zoo.scoring.pictures.supplies import Supplies

SHUFFLE = 0  # the seed of the order "shuffled"


@dataclass(frozen=True)
class PictureScores:
    """All numbers, by protocol and metric; how many couples could be read, and what could not."""

    scores: dict[str, dict[str, PictureScore]]
    couples: int
    damaged: list[str]


def score_pictures(
    couples: Sequence[Couple],
    protocols: Sequence[PictureProtocol],
    supplies: Supplies,
    *,
    device: torch.device | str = "cpu",
    progress: Progress = lambda done: None,
) -> PictureScores:
    """Score outputs by every protocol in one pass. `progress` hears of couples first, then of real pictures on top.

    A damaged file is left out and told of. ZooError for pictures of another frame or size than a protocol measures, where a
    network is absent, and where no picture can be read.
    """
    looks = Looks.of(protocols)
    lenses = Lenses(looks.pairs, looks.outputs | looks.targets | looks.real, device)
    gathered = gather(couples, looks, supplies, lenses, progress)
    if not gathered.couples:
        raise ZooError(f"no picture can be read: {gathered.damaged[0]}", where="--outputs", fix="make the pictures again")
    real = gather_real(looks, supplies, lenses, lambda done: progress(len(couples) + done))
    summary = _Summary(gathered, real, supplies)
    scores = {p.name: {rule.name: summary.of(rule, p.prepare) for rule in p.metrics} for p in protocols}
    return PictureScores(scores, len(gathered.couples), gathered.damaged + real.damaged)


@dataclass(frozen=True)
class _Summary:
    gathered: Gathered
    real: Real
    supplies: Supplies

    def of(self, rule: AnyRule, prepare: Preparation) -> PictureScore:
        """The score of one rule."""
        if isinstance(rule, PckhRule):
            return self._pckh()
        if isinstance(rule, InceptionRule):
            return self._of_answers(rule, answers(rule, prepare), prepare)
        numbers = torch.cat(self.gathered.numbers[pairwise(rule, prepare)]).double()
        kept = numbers[: full(len(numbers), rule.drop_last)]
        finite = kept[kept.isfinite()]
        mean = float(finite.mean()) if len(finite) else None
        return PictureScore(
            value=mean, pictures=len(finite), undefined=len(kept) - len(finite), dropped=len(numbers) - len(kept)
        )

    def _of_answers(self, rule: InceptionRule, look: Answers, prepare: Preparation) -> PictureScore:
        told = self.gathered.logits[look] if isinstance(rule, InceptionScoreRule) else self.gathered.features[look]
        if not told:
            return PictureScore(value=None, pictures=0, undefined=len(self.gathered.couples))
        rows = torch.cat(told)
        kept, undefined = rows[: full(len(rows), rule.drop_last)], len(self.gathered.couples) - len(rows)
        counts = {"pictures": len(kept), "undefined": undefined, "dropped": len(rows) - len(kept)}
        if isinstance(rule, InceptionScoreRule):
            shuffle = SHUFFLE if rule.order == "shuffled" else None
            return PictureScore(value=_told(inception_score(kept, splits=rule.splits, shuffle=shuffle)[0]), **counts)
        if isinstance(rule, FidRule):
            shown, true = _moments(kept), self._real_moments(rule, prepare)
            value = _told(frechet_of(shown, true)) if min(shown.count, true.count) >= 2 else None
            return PictureScore(value=value, real=true.count, **counts)
        assert isinstance(rule, KidRule)
        real = self._real(rule, prepare)
        value = _told(kernel_distance(kept.double(), real.double())[0]) if min(len(kept), len(real)) >= 2 else None
        return PictureScore(value=value, real=len(real), **counts)

    def _real_moments(self, rule: FidRule, prepare: Preparation) -> Moments:
        if rule.real == "train":
            return self.real.sums[real_answers(rule, prepare), rule.drop_last].result()
        return _moments(self._real(rule, prepare))

    def _real(self, rule: FidRule | KidRule, prepare: Preparation) -> Tensor:
        told = (self.real.rows if rule.real == "train" else self.gathered.targets)[real_answers(rule, prepare)]
        rows = torch.cat(told)
        return rows[: full(len(rows), rule.drop_last)]

    def _pckh(self) -> PictureScore:
        found, joints = self.supplies.found, self.supplies.joints
        there = [c for c in self.gathered.couples if c.name in found and c.target_name in joints]
        if not there:
            return PictureScore(value=None, pictures=0, undefined=len(self.gathered.couples))
        sides = [found[c.name] for c in there], [joints[c.target_name] for c in there]
        right, counted = pckh_counts(*((torch.stack(a), torch.stack(b)) for a, b in (zip(*s, strict=True) for s in sides)))
        share = float(right.sum() / counted.sum()) if counted.any() else None
        used = int((counted > 0).sum())
        return PictureScore(value=share, pictures=used, undefined=len(self.gathered.couples) - used)


def _moments(rows: Tensor) -> Moments:
    found = Moments()
    found.add(rows)
    return found


def _told(value: float) -> float | None:
    """A number that can be written down; sets smaller than their splits have none."""
    return value if math.isfinite(value) else None


def full(count: int, batch: int | None) -> int:
    """How many of `count` pictures are in full batches; all where there is no batch, or less than one."""
    return count if batch is None else count // min(batch, count) * min(batch, count)
