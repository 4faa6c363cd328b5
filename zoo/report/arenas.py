"""Rows of the leaderboard, grouped by what makes them comparable."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace

from zoo.documents.columns import amount
from zoo.documents.names import FULL
from zoo.results.leaderboard import Row, row_of
from zoo.results.ranking import Standings
from zoo.results.record import Record
from zoo.scoring.protocols import MACS, PROTOCOLS, Metric

HEADLINE = 4  # metrics of a protocol that names none
OLDER_MACS = f"* multiply-adds by an older rule than {MACS}: those of an absent region may be missing"


@dataclass(frozen=True)
class Arena:
    """Rows that were scored on the same data by the same rules, with their records."""

    standings: Standings
    rows: list[Row]
    records: list[Record]  # the first of each row, in the same order
    left_out: int = 0  # rows that are not shown

    def best(self, count: int, keep: Set[str] = frozenset()) -> "Arena":
        """The first `count` rows, and those of the records `keep`."""
        shown = [i for i, row in enumerate(self.rows) if i < count or row["record"] in keep]
        rows, records = [self.rows[i] for i in shown], [self.records[i] for i in shown]
        return replace(self, rows=rows, records=records, left_out=len(self.rows) - len(rows))

    @property
    def title(self) -> str:
        """Track, protocol and number of pairs."""
        first = self.records[0]
        return f"{first.track_name}, protocol {first.protocol} version {first.protocol_version}, {first.pairs} pairs"

    def metrics(self, by: str | None = None) -> list[Metric]:
        """The metrics the rows have, in the protocol's order, the one that ranks first."""
        present = {name for row in self.rows for name in row["scores"]}
        rules = PROTOCOLS.get(self.records[0].protocol)
        known = [m for m in rules.metrics if m.name in present] if rules else []
        known += [Metric(name, "") for name in sorted(present - {m.name for m in known})]
        first = by or (rules.primary if rules else "")
        return sorted(known, key=lambda metric: metric.name != first)

    def headline(self) -> list[Metric]:
        """The few metrics that a table shows first: the protocol's own choice, or else the first ones."""
        rules = PROTOCOLS.get(self.records[0].protocol)
        metrics = self.metrics()
        chosen = [m for m in metrics if rules and m.name in rules.headline]
        return chosen or metrics[:HEADLINE]


def arenas(found: Iterable[Standings]) -> list[Arena]:
    """One of each, in their order."""
    return [Arena(one, [row_of(row) for row in one.rows], [row.contender.record for row in one.rows]) for one in found]


def abridged(arenas: Sequence[Arena], most: int, keep: Set[str] = frozenset()) -> list[Arena]:
    """About `most` rows in all: the best of every arena, small arenas whole before large ones are cut."""
    shown, left = {}, most
    for done, i in enumerate(sorted(range(len(arenas)), key=lambda i: len(arenas[i].rows))):
        shown[i] = min(len(arenas[i].rows), left // (len(arenas) - done))
        left -= shown[i]
    return [arena.best(shown[i], keep) for i, arena in enumerate(arenas)]


def row_name(row: Row) -> str:
    """`scmnet/wo-bsr merge=base.adain`, as short as it can be."""
    variant = "" if row["variant"] == FULL else f"/{row['variant']}"
    return " ".join([row["recipe"] + variant, *row["changes"]])


def full_name(record: Record) -> str:
    """`scmnet/wo-bsr merge=base.adain, seed 0`: what a title says of a run."""
    variant = "" if record.variant == FULL else f"/{record.variant}"
    return f"{' '.join([record.recipe_name + variant, *record.changes])}, seed {record.seed}"


def remark(record: Record) -> str:
    """Why a row is not ranked, or what a reader should know of it."""
    spent, allowed, batch = record.weights, record.allowed, record.track.budget.batch
    trained = spent.origin != "none" and not record.oracle
    said = {
        "oracle: sees what nobody knows, the target's true regions or its picture": record.oracle,
        f"sees {record.sources} photos of the person, the ranked rows one": record.sources > 1,
        f"scored in {record.scoring_precision}, the ranked rows in single precision": record.scoring_precision != "no",
        "self-declared: only the weights' own file says how they were trained": record.self_declared,
        f"trained on {spent.images_seen:,} images, the track allows {allowed:,}": trained and spent.images_seen != allowed,
        f"trained in batches of {spent.batch}, the track's are of {batch}": trained and spent.batch not in (0, batch),
        f"started from other weights, {str(spent.init)[:12]}": spent.init is not None,
    }
    return "; ".join(line for line, holds in said.items() if holds)


def macs(row: Row) -> str:
    """Multiply-adds of a row; `248M*` where an older rule counted them, which says less than ours of absent regions."""
    return amount(row["macs"]) + "*" * (row["macs_protocol"] != MACS)
