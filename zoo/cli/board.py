"""Leaderboards and scores as text."""

import shutil
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from zoo.cli.output import amount, say, table
from zoo.leaderboard import Row, leaderboard
from zoo.paths import assets
from zoo.recipe import FULL
from zoo.records import Interval, Record, read_records
from zoo.scoring.protocols import PROTOCOLS, Metric

BASELINES = ("copy", "mean")  # recipes that any method must beat
LOCAL = Path("runs") / "results"


def known_records(*folders: Path) -> list[Record]:
    """The records in `folders`, or else the committed ones and those of runs made here."""
    return read_records(folders or (assets() / "benchmarks" / "results", LOCAL), report=lambda line: say(f"warning: {line}"))


def board_text(rows: Sequence[Row], by: str | None = None) -> str:
    """One table per track and protocol; the metrics that fit the terminal, the one that ranks first."""
    groups = groupby(rows, lambda row: (row["track"], row["protocol"]))
    return "\n\n".join(_board(track, protocol, list(group), by) for (track, protocol), group in groups)


def _board(track: str, protocol: str, rows: list[Row], by: str | None) -> str:
    metrics = shown_metrics(protocol, rows, by)
    head = ["rank", "recipe", "seed", "params", "MACs", *metrics]
    lines = [[*_about(row), *(_score(row, name, name == metrics[0]) for name in metrics)] for row in rows]
    title = f"{track}, protocol {protocol}: ranked by {metrics[0]}, 95 % interval in brackets" if metrics else track
    return f"{title}\n{_fitting(head, lines)}"


def shown_metrics(protocol: str, rows: Iterable[Row], by: str | None = None) -> list[str]:
    """The metrics the rows have, in the protocol's order, the one that ranks first."""
    present = {name for row in rows for name in row["scores"]}
    rules = PROTOCOLS.get(protocol)
    ordered = [m.name for m in rules.metrics if m.name in present] if rules else sorted(present)
    first = by or (rules.primary if rules else "")
    return sorted(ordered, key=lambda name: name != first)


def row_name(row: Row) -> str:
    """`scmnet/wo-bsr merge=base.adain`, as short as it can be."""
    variant = "" if row["variant"] == FULL else f"/{row['variant']}"
    return " ".join([row["recipe"] + variant, *row["changes"]])


def _about(row: Row) -> list[str]:
    rank = "oracle" if row["oracle"] else str(row["rank"] or "-")
    return [rank, row_name(row), str(row["seed"]), amount(row["parameters"]), amount(row["macs"])]


def _score(row: Row, metric: str, with_interval: bool) -> str:
    score = row["scores"].get(metric)
    if score is None:
        return "-"
    return interval_text(Interval(**score)) if with_interval else f"{score['mean']:.4g}"


def interval_text(score: Interval) -> str:
    """`0.741 [0.735, 0.747]`."""
    return f"{score.mean:.4g} [{score.low:.4g}, {score.high:.4g}]"


def _fitting(head: list[str], lines: list[list[str]]) -> str:
    width = shutil.get_terminal_size((120, 24)).columns
    for count in range(len(head), 6, -1):
        text = table(head[:count], [line[:count] for line in lines])
        if max(map(len, text.splitlines())) <= width:
            break
    return text


def run_text(record: Record, records: Sequence[Record]) -> str:
    """A run's scores beside the trivial baselines of the same arena, then the leaderboard it belongs to."""
    rivals = [r for r in records if _arena(r) == _arena(record)]
    rows = leaderboard([*rivals, record])
    return f"{scores_text(record, rivals)}\n\n{board_text(rows)}"


def _arena(record: Record) -> tuple[str, ...]:
    return record.track_digest, record.protocol, record.protocol_version, record.data_digest, str(record.pairs)


def scores_text(record: Record, rivals: Iterable[Record]) -> str:
    """Every score with its 95 % interval, beside the baselines."""
    trivial = set(BASELINES) - {record.recipe_name}
    baselines = {r.recipe_name: r for r in rivals if r.recipe_name in trivial and r.variant == FULL}
    head = ["metric", "better", record.recipe_name, *baselines]
    lines = [
        [m.name, "up" if m.higher_is_better else "down", *(_cell(r, m) for r in (record, *baselines.values()))]
        for m in PROTOCOLS[record.protocol].metrics
        if m.name in record.scores
    ]
    return f"{record.track_name}, protocol {record.protocol}, {record.pairs} pairs\n{table(head, lines)}"


def _cell(record: Record, metric: Metric) -> str:
    score = record.scores.get(metric.name)
    return "-" if score is None else f"{interval_text(score)} {metric.unit}".rstrip()
