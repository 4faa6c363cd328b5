"""Rewrite the leaderboard tables of the READMEs from the committed records."""

from zoo.documents.files import assets, write_atomically
from zoo.report.arenas import OLDER_MACS, amount, macs, row_name
from zoo.results.files import read_records
from zoo.results.leaderboard import Row, leaderboard
from zoo.results.record import Record
from zoo.scoring import protocol
from zoo.scoring.intervals import Interval
from zoo.scoring.protocols import MACS

TRACK = "figures-64"
SHORT = ("masked_ssim", "masked_psnr", "region_lab", "ffd", "pckh", "parsing_miou")  # README.md; benchmarks/README.md has all
BEGIN, END = "<!-- table -->", "<!-- end of table -->"


def main() -> None:
    for path, metrics in ((assets() / "README.md", SHORT), (assets() / "benchmarks" / "README.md", None)):
        write_atomically(path, with_table(path.read_text(), metrics).encode())


def with_table(text: str, metrics: tuple[str, ...] | None) -> str:
    """`text` with the table between the markers made anew from the committed records."""
    records = [r for r in read_records([assets() / "benchmarks" / "results"]) if r.track_name == TRACK]
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{markdown(leaderboard(records), records, metrics)}\n{END}{tail}"


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
