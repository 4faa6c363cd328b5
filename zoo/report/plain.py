"""The leaderboard as plain tables: what a reader without scripts sees, and what the script replaces."""

from collections.abc import Sequence

from zoo.documents.columns import amount
from zoo.report.arenas import Arena, macs, remark, row_name
from zoo.report.html import Markup, join, tag
from zoo.results.leaderboard import Row
from zoo.results.record import Record
from zoo.scoring.protocols import Metric


def plain_section(arenas: Sequence[Arena], *more: Markup) -> Markup:
    """Every arena's table, and `more` that the script replaces."""
    shown = [arena for arena in arenas if arena.rows]
    tables = [join(tag("h3", arena.title), _table(arena), _more(arena.left_out)) for arena in shown]
    others = _more(sum(arena.left_out for arena in arenas if not arena.rows), " of other tracks")
    return tag("section", tag("h2", "Leaderboard"), *tables, others, *more, id="plain")


def _more(rows: int, what: str = "") -> Markup:
    said = f"{rows:,} rows more{what} are left out here: zoo leaderboard lists them all."
    return tag("p", said, class_="note") if rows else Markup()


def _table(arena: Arena) -> Markup:
    metrics = arena.headline()
    heads = ["rank", "recipe", "seeds", *(_head(metric) for metric in metrics), "parameters", "MACs"]
    body = [_row(row, record, metrics) for row, record in zip(arena.rows, arena.records, strict=True)]
    head = tag("tr", *(tag("th", name, scope="col") for name in heads))
    return tag("div", tag("table", tag("thead", head), tag("tbody", *body)), class_="scroll", tabindex=0)


def _head(metric: Metric) -> str:
    return f"{metric.name} {'↑' if metric.higher_is_better else '↓'} {metric.unit}".rstrip()


def _row(row: Row, record: Record, metrics: Sequence[Metric]) -> Markup:
    said = remark(record)
    name = tag("th", row_name(row), *([tag("small", said)] if said else []), scope="row")
    scores = [_score(row["scores"].get(metric.name)) for metric in metrics]
    cells = [", ".join(map(str, row["seeds"])), *scores, amount(row["parameters"]), macs(row)]
    return tag("tr", tag("td", row["rank"] or "–"), name, *(tag("td", cell) for cell in cells))


def _score(interval: dict[str, float] | None) -> str:
    return f"{interval['mean']:.4g} [{interval['low']:.4g}, {interval['high']:.4g}]" if interval else "–"
