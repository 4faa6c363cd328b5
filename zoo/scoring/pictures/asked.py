"""What the protocols ask for together."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from zoo.scoring.pictures.document import FidRule, InceptionRule, KidRule, PckhRule, PictureProtocol, Preparation
from zoo.scoring.pictures.looks import Answers, Pairwise, answers, pairwise


@dataclass(frozen=True)
class Looks:
    """Every look that has to be taken, once."""

    pairs: frozenset[Pairwise]
    outputs: frozenset[Answers]
    targets: frozenset[Answers]
    real: frozenset[Answers]
    sums: frozenset[tuple[Answers, int | None]]  # of real: means and covariances, and in what batches
    rows: frozenset[Answers]  # of real: every answer

    @classmethod
    def of(cls, protocols: Iterable[PictureProtocol]) -> Self:
        """The looks of all rules."""
        rules = [(rule, protocol.prepare) for protocol in protocols for rule in protocol.metrics]
        asking = [(rule, prepare) for rule, prepare in rules if isinstance(rule, InceptionRule)]
        comparing = [(rule, prepare) for rule, prepare in asking if isinstance(rule, FidRule | KidRule)]
        return cls(
            pairs=frozenset(pairwise(r, p) for r, p in rules if not isinstance(r, InceptionRule | PckhRule)),
            outputs=frozenset(answers(r, p) for r, p in asking),
            targets=frozenset(real_answers(r, p) for r, p in comparing if r.real == "targets"),
            real=frozenset(real_answers(r, p) for r, p in comparing if r.real == "train"),
            sums=frozenset((real_answers(r, p), r.drop_last) for r, p in comparing if r.real == "train" and r.use == "fid"),
            rows=frozenset(real_answers(r, p) for r, p in comparing if r.real == "train" and r.use == "kid"),
        )

    def preparations(self) -> set[Preparation]:
        """Of outputs and their targets."""
        answered = self.outputs | self.targets
        return {look.prepare for look in self.pairs} | {look.prepare for look in answered}


def real_answers(rule: FidRule | KidRule, prepare: Preparation) -> Answers:
    """What a rule reads of the real pictures."""
    return answers(rule, prepare, rule.real_resize if isinstance(rule, FidRule) else None)
