"""Rewrite the tables of README.md and benchmarks/README.md from the committed records.

A table stands between `<!-- table: TRACK -->`, `<!-- table: TRACK, brief -->`, `<!-- claims -->` or `<!-- passes -->` and
`<!-- end of table -->`.
"""

import re
from collections.abc import Sequence
from functools import cache
from itertools import groupby

from passes import passes

import zoo
from zoo.api.boards import Leaderboard
from zoo.documents.columns import amount
from zoo.documents.files import assets, write_atomically
from zoo.documents.names import FULL
from zoo.documents.toml import read_toml
from zoo.recipes.patch import shortened
from zoo.report.arenas import OLDER_MACS, macs, row_name
from zoo.results.leaderboard import Row
from zoo.scoring import protocol
from zoo.scoring.intervals import Interval
from zoo.scoring.protocols import MACS, Metric

BENCHMARKS = assets() / "benchmarks"
RESULTS = BENCHMARKS / "results"
# a brief table has these metrics, where the protocol has them, and as many rows
SHORT = ("masked_ssim", "region_lab", "ffd", "pckh", "parsing_miou")
ROWS = 8
CLAIMED = ("masked_ssim", "region_lab", "parsing_miou", "ffd")
DIGITS = {"region_lab": 1, "ffd": 2}  # of a difference
TRACK = "figures-64"  # of the claims
_PLACE = re.compile(r"(<!-- (table: [^>]*?|claims|passes) -->\n).*?(<!-- end of table -->)", re.DOTALL)


def main() -> None:
    for path in (assets() / "README.md", BENCHMARKS / "README.md"):
        write_atomically(path, filled(path.read_text(encoding="utf-8")).encode())


def filled(text: str) -> str:
    """The text with its tables as the records have them now."""
    return _PLACE.sub(lambda found: f"{found[1]}{_table(found[2])}\n{found[3]}", text)


def _table(asked: str) -> str:
    if asked == "claims":
        return claims(read_toml(BENCHMARKS / "claims.toml")["claims"])
    if asked == "passes":
        return "\n".join(_lined(passes(read_toml(BENCHMARKS / "passes.toml"), BENCHMARKS / "timings")))
    track, _, brief = asked.removeprefix("table: ").partition(", ")
    rows = _board(track).rows
    metrics = protocol(rows[0]["protocol"]).metrics
    if brief:
        return standings(_few(rows), [m for m in metrics if m.name in SHORT])
    return standings(rows, metrics)


@cache
def _board(track: str) -> Leaderboard:
    return zoo.leaderboard(track, results=[RESULTS])


def _few(rows: list[Row]) -> list[Row]:
    """Every ranked recipe as it is, baselines included, and the best of the rest as far as there is room."""
    ranked = [row for row in rows if row["rank"]]
    plain = [row for row in ranked if row["variant"] == FULL and not row["changes"]]
    others = [row for row in ranked if row not in plain]
    chosen = [*plain, *others[: max(ROWS - len(plain), 0)]]
    return [row for row in rows if row in chosen]


def standings(rows: Sequence[Row], metrics: Sequence[Metric]) -> str:
    """A table of means with their 95 % intervals."""
    shown = [m for m in metrics if any(m.name in row["scores"] for row in rows)]
    lines = [["rank", "recipe", "seeds", "params", "MACs", *map(_headed, shown)], ["---"] * (5 + len(shown))]
    for row in rows:
        rank = "–" if row["rank"] is None else f"{row['rank']}{'' if row['paired'] else '~'}"
        about = [rank, f"`{shortened(row_name(row))}`", ", ".join(map(str, row["seeds"])), amount(row["parameters"]), macs(row)]
        lines.append([*about, *(_score(row, m.name) for m in shown)])
    older = ["", f"\\{OLDER_MACS}."] if any(row["macs_protocol"] != MACS for row in rows) else []
    return "\n".join([*_lined(lines), *older])


def claims(asked: Sequence[dict[str, str]]) -> str:
    """What each idea brings: with it - without it. Certain after Holm over all metrics: bold. By two intervals: ~."""
    metrics = [protocol(_board(TRACK).rows[0]["protocol"]).metric(name) for name in CLAIMED]
    lines = [["with it − without it", *map(_headed, metrics)], ["---"] * (1 + len(metrics))]
    for paper, found in groupby(asked, lambda claim: claim["paper"]):
        lines.append([f"**{paper}**", *[""] * len(metrics)])
        lines += [[claim["idea"], *_differences(claim)] for claim in found]
    return "\n".join(_lined(lines))


def _differences(claim: dict[str, str]) -> list[str]:
    versus = zoo.compare(claim["with"], claim["without"], track=TRACK, results=[RESULTS])
    found = {row["metric"]: row for row in versus.rows}
    return [_difference(found[name]) for name in CLAIMED]


def _difference(row: Row) -> str:
    d, digits = row["difference"], DIGITS.get(row["metric"], 3)
    told = f"{d['mean']:+.{digits}f} <sub>{d['low']:+.{digits}f}, {d['high']:+.{digits}f}</sub>"
    return ("" if row["paired"] else "~") + (f"**{told}**" if row["better"] else told)


def _headed(metric: Metric) -> str:
    return f"{metric.name} {'↑' if metric.higher_is_better else '↓'}"


def _score(row: Row, metric: str) -> str:
    if metric not in row["scores"]:
        return ""
    value = Interval(**row["scores"][metric])
    return f"{value.mean:.3g} <sub>{value.low:.3g}–{value.high:.3g}</sub>"


def _lined(lines: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(line)} |" for line in lines]


if __name__ == "__main__":
    main()
