"""Records -> what is compared: one recipe trained on one budget, its seeds together. Imports no torch."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from zoo.documents.names import FULL
from zoo.results.record import Record, by_age


@dataclass(frozen=True, eq=False)
class Contender:
    """Runs that differ in their seed alone; what is said of one of them otherwise holds for all."""

    records: tuple[Record, ...]  # by seed

    @property
    def record(self) -> Record:
        """The first."""
        return self.records[0]

    @property
    def name(self) -> str:
        """`scmnet/wo-bsr merge=base.adain`, as short as it can be."""
        record = self.record
        variant = "" if record.variant == FULL else f"/{record.variant}"
        return " ".join([record.recipe_name + variant, *record.changes])

    @property
    def seeds(self) -> tuple[int, ...]:
        """Of the records."""
        return tuple(record.seed for record in self.records)

    @property
    def metrics(self) -> set[str]:
        """What all its runs were scored on."""
        return set.intersection(*(set(record.scores) for record in self.records))

    @property
    def ranks(self) -> bool:
        """Whether it may be ranked: it sees one photo and no truth, trained on the track's budget by more than its own word."""
        return not any(
            r.oracle or r.sources > 1 or r.scoring_precision != "no" or r.self_declared or not r.on_budget for r in self.records
        )


def contenders(records: Iterable[Record]) -> dict[tuple[Any, ...], list[Contender]]:
    """By `arena`; of several runs of one recipe, seed and budget in one arena the newest counts."""
    newest = {(*_trained(r), r.seed): r for r in by_age(records)}
    together: dict[tuple[Any, ...], list[Record]] = {}
    for record in sorted(newest.values(), key=lambda r: (r.seed, r.id)):
        together.setdefault((*_trained(record), record.self_declared), []).append(record)
    found: dict[tuple[Any, ...], list[Contender]] = {}
    for runs in together.values():
        found.setdefault(arena(runs[0]), []).append(Contender(tuple(runs)))
    return found


def arena(r: Record) -> tuple[Any, ...]:
    """What must be equal for scores to be comparable: track, protocol and its version, pairs, data."""
    return r.track_name, r.protocol, r.protocol_version, -r.pairs, r.track_digest, r.data_digest


def _trained(r: Record) -> tuple[Any, ...]:
    return *arena(r), r.recipe_digest, r.weights.images_seen, r.weights.batch, r.weights.init, r.scoring_precision
