"""Leaderboards and scores as text."""

import logging
import shutil
from collections.abc import Iterable, Sequence
from itertools import accumulate
from pathlib import Path

from zoo.documents.columns import GAP, amount, table
from zoo.documents.files import assets
from zoo.documents.names import BASELINES, FULL
from zoo.errors import visible
from zoo.recipes.patch import shortened
from zoo.report.arenas import OLDER_MACS, Arena, arenas, macs, remark, row_name
from zoo.results.contenders import Contender
from zoo.results.contenders import arena as arena_of
from zoo.results.files import read_records
from zoo.results.folder import records_folder
from zoo.results.leaderboard import Row
from zoo.results.pairs import PairsById, PairScores, read_all_pairs
from zoo.results.ranking import Standings, standings
from zoo.results.record import Record
from zoo.scoring.intervals import Interval, interval_text
from zoo.scoring.protocols import MACS, PROTOCOLS, Metric

log = logging.getLogger(__name__)

LOCAL = Path("runs") / "results"
UNPAIRED = "~"  # behind a rank
ALWAYS = 6  # columns shown however narrow the terminal is


def committed() -> Path:
    """The project's own records."""
    return assets() / "benchmarks" / "results"


def places(results: Iterable[str | Path] = (), runs: Iterable[str | Path] = ()) -> tuple[Path, ...]:
    """Folders of records: `results`, or else the project's and that of runs made here; and those of `runs`.

    A run's folder stands for the one that its record lies in. ZooError for what is no folder.
    """
    asked, more = ([records_folder(Path(place)) for place in given] for given in (results, runs))
    return (*(asked or (committed(), LOCAL)), *more)


def known_records(folders: Iterable[Path] = ()) -> list[Record]:
    """The records in `folders`, in `places()` if none are given; what is no valid record is warned of."""
    return read_records(folders or places(), report=log.warning)


def known_pairs(records: Iterable[Record], folders: Iterable[Path] = ()) -> dict[str, PairScores]:
    """The scores of their pairs, of those that have any, from where `known_records` found them."""
    return read_all_pairs(records, folders or places(), report=log.warning)


def board_text(found: Iterable[Standings], by: str | None = None) -> str:
    """One table per arena; the metrics that fit the terminal, the one that ranks first."""
    return "\n\n".join(f"{visible(arena.title)}\n{_board(arena, by)}" for arena in arenas(found))


def _board(arena: Arena, by: str | None) -> str:
    metrics = arena.metrics(by)
    head = ["rank", "recipe", "seeds", "params", "MACs", *(m.name for m in metrics)]
    lines = [[*_about(row), *(_score(row, m, with_interval=m is metrics[0]) for m in metrics)] for row in arena.rows]
    named = [(shortened(row_name(row)), remark(record)) for row, record in zip(arena.rows, arena.records, strict=True)]
    remarks = [visible(f"{name}: {said}") for name, said in named if said]
    older = [OLDER_MACS] if any(row["macs_protocol"] != MACS for row in arena.rows) else []
    unpaired = [f"{UNPAIRED} ranked by its interval: no scores of pairs"] if any(map(_unpaired, arena.rows)) else []
    return "\n".join([_fitting(head, lines), *unpaired, *older, *remarks])


def _unpaired(row: Row) -> bool:
    return row["rank"] is not None and not row["paired"]


def _about(row: Row) -> list[str]:
    ranked = f"{row['rank']}{UNPAIRED * _unpaired(row)}" if row["rank"] else "-"
    return [
        "oracle" if row["oracle"] else ranked,
        shortened(row_name(row)),
        _seeds(row["seeds"]),
        amount(row["parameters"]),
        macs(row),
    ]


def _seeds(seeds: Sequence[int]) -> str:
    """`0-2`, `0,3`."""
    running = len(seeds) > 1 and list(seeds) == list(range(seeds[0], seeds[-1] + 1))
    return f"{seeds[0]}-{seeds[-1]}" if running else ",".join(map(str, seeds))


def _score(row: Row, metric: Metric, *, with_interval: bool) -> str:
    if metric.name not in row["scores"]:
        return "-"
    score = Interval(**row["scores"][metric.name])
    return interval_text(score) if with_interval else f"{score.mean:.4g}"


def _fitting(head: list[str], lines: list[list[str]]) -> str:
    """The columns that fit the terminal, the first ones in any case."""
    width = shutil.get_terminal_size((120, 24)).columns
    ends = accumulate(max(len(visible(line[i])) for line in (head, *lines)) + GAP for i in range(len(head)))
    count = max(ALWAYS, sum(end - GAP <= width for end in ends))
    return table(head[:count], [line[:count] for line in lines])


def run_text(record: Record, records: Iterable[Record], pairs: PairsById) -> str:
    """A run's scores beside the trivial baselines of the same arena, then the leaderboard it belongs to."""
    rivals = [r for r in records if arena_of(r) == arena_of(record)]
    return f"{_scores(record, rivals)}\n\n{board_text(standings([*rivals, record], pairs))}"


def _scores(record: Record, rivals: Sequence[Record]) -> str:
    trivial = set(BASELINES) - {record.recipe_name}
    baselines = {r.recipe_name: r for r in rivals if r.recipe_name in trivial and r.variant == FULL}
    lines = [
        [m.name, "higher" if m.higher_is_better else "lower", *(_cell(r, m) for r in (record, *baselines.values()))]
        for m in PROTOCOLS[record.protocol].metrics
        if m.name in record.scores
    ]
    return table(["score", "better", shortened(Contender((record,)).name), *baselines], lines)


def _cell(record: Record, metric: Metric) -> str:
    score = record.scores.get(metric.name)
    return "-" if score is None else f"{interval_text(score)} {metric.unit}".rstrip()
