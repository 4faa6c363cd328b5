"""Rewrite the leaderboard tables of the READMEs from the committed records."""

from zoo.documents.columns import amount
from zoo.documents.files import assets, write_atomically
from zoo.documents.names import FULL
from zoo.report.arenas import OLDER_MACS, macs, row_name
from zoo.results.files import read_records
from zoo.results.leaderboard import Row, leaderboard
from zoo.results.pairs import read_all_pairs
from zoo.results.record import Record
from zoo.scoring import protocol
from zoo.scoring.intervals import Interval
from zoo.scoring.protocols import MACS

TRACK = "figures-64"
# README.md has these metrics and as many rows; benchmarks/README.md has all
SHORT = ("masked_ssim", "region_lab", "ffd", "pckh", "parsing_miou")
ROWS = 8
BEGIN, END = "<!-- table -->", "<!-- end of table -->"


def main() -> None:
    folder = assets() / "benchmarks" / "results"
    records = [r for r in read_records([folder]) if r.track_name == TRACK]
    rows = leaderboard(records, pairs=read_all_pairs(records, [folder]))
    for path, shown, metrics in (
        (assets() / "README.md", brief(rows), SHORT),
        (assets() / "benchmarks" / "README.md", rows, None),
    ):
        write_atomically(path, with_table(path.read_text(), markdown(shown, records, metrics)).encode())


def brief(rows: list[Row]) -> list[Row]:
    """Every recipe as it is, baselines included, and the best of the rest as far as there is room."""
    plain = [row for row in rows if row["variant"] == FULL and not row["changes"]]
    others = [row for row in rows if row not in plain and row["rank"]]
    chosen = [*plain, *others[: max(ROWS - len(plain), 0)]]
    return [row for row in rows if row in chosen]


def with_table(text: str, table: str) -> str:
    """`text` with `table` between the markers."""
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{table}\n{END}{tail}"


def markdown(rows: list[Row], records: list[Record], metrics: tuple[str, ...] | None) -> str:
    """A table of means with their 95 % intervals."""
    rules = protocol(records[0].protocol)
    shown = [m for m in rules.metrics if metrics is None or m.name in metrics]
    arrows = [f"{m.name} {'↑' if m.higher_is_better else '↓'}" for m in shown]
    lines = [["rank", "recipe", "params", "MACs", *arrows], ["---"] * (4 + len(shown))]
    for row in rows:
        about = [str(row["rank"] or "–"), f"`{row_name(row)}`", amount(row["parameters"]), macs(row)]
        lines.append([*about, *(_cell(row, m.name) for m in shown)])
    older = ["", f"\\{OLDER_MACS}."] if any(row["macs_protocol"] != MACS for row in rows) else []
    return "\n".join([*(f"| {' | '.join(line)} |" for line in lines), *older])


def _cell(row: Row, metric: str) -> str:
    if metric not in row["scores"]:
        return ""
    value = Interval(**row["scores"][metric])
    return f"{value.mean:.3g} <sub>{value.low:.3g}–{value.high:.3g}</sub>"


if __name__ == "__main__":
    main()
