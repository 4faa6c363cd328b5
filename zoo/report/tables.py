"""The leaderboard as tables: one per arena, with a whisker per score."""

from collections.abc import Iterable, Sequence

from zoo.report.arenas import OLDER_MACS, Arena, amount, macs, remark, row_name
from zoo.report.html import Markup, join, tag
from zoo.results.leaderboard import Row
from zoo.results.record import Record
from zoo.scoring.intervals import Interval
from zoo.scoring.protocols import MACS, Metric

Span = tuple[float, float]


def leaderboard_section(arenas: Sequence[Arena]) -> Markup:
    """Every arena's table."""
    note = (
        "Rows are ranked within one track and protocol. The best leads rank 1; a row shares its leader's rank unless the two "
        "95 % intervals are disjoint. Scores in bold cannot be told from the best of their column."
    )
    shown = [arena for arena in arenas if arena.rows]
    tables = [join(tag("h3", arena.title), _table(arena), _more(arena.left_out)) for arena in shown]
    others = _more(sum(arena.left_out for arena in arenas if not arena.rows), " of other tracks")
    legend = _legend({metric.name: metric for arena in shown for metric in arena.metrics()}.values())
    return tag("section", tag("h2", "Leaderboard"), tag("p", note, class_="note"), *tables, others, legend)


def _more(rows: int, what: str = "") -> Markup:
    said = f"{rows:,} rows more{what} are left out to keep the page light: zoo leaderboard lists them all."
    return tag("p", said, class_="note") if rows else Markup()


def _table(arena: Arena) -> Markup:
    metrics = arena.metrics()
    spans = {metric.name: _span(_intervals(arena.rows, metric)) for metric in metrics}
    best = {metric.name: _best(arena.rows, metric) for metric in metrics}
    heads = [tag("th", name, scope="col") for name in ("rank", "recipe", "seed")]
    heads += [_metric_head(metric) for metric in metrics]
    heads += [tag("th", name, scope="col", class_="number") for name in ("parameters", "MACs")]
    body = [
        tag("tr", *_about(row, record), *(_score(row, m, spans[m.name], best[m.name]) for m in metrics), *_cost(row))
        for row, record in zip(arena.rows, arena.records, strict=True)
    ]
    table = tag("table", tag("thead", tag("tr", *heads)), tag("tbody", *body), class_="board")
    return tag("div", table, class_="scroll", tabindex=0)


def _metric_head(metric: Metric) -> Markup:
    arrow = "↑" if metric.higher_is_better else "↓"
    unit = [" ", tag("small", metric.unit)] if metric.unit else []
    return tag("th", f"{metric.name} {arrow}", *unit, scope="col", class_="number", title=metric.description)


def _about(row: Row, record: Record) -> list[Markup]:
    said = remark(record)
    link = tag("a", row_name(row), href=f"#{anchor(record)}")
    name = tag("th", link, *([tag("small", said)] if said else []), scope="row", data_v=row_name(row))
    rank = tag("td", row["rank"] or "–", class_="rank", data_v=row["rank"] or "")
    return [rank, name, tag("td", row["seed"], data_v=row["seed"])]


def anchor(record: Record) -> str:
    """Where the page tells the facts of a run."""
    return f"run-{record.id[:12]}"


def _cost(row: Row) -> list[Markup]:
    older = {"title": OLDER_MACS} if row["macs_protocol"] != MACS else {}
    return [
        tag("td", amount(row["parameters"]), class_="number", data_v=row["parameters"]),
        tag("td", macs(row), class_="number", data_v=row["macs"], **older),
    ]


def _score(row: Row, metric: Metric, span: Span, best: Interval | None) -> Markup:
    if metric.name not in row["scores"]:
        return tag("td", "–", class_="number", data_v="")
    score = Interval(**row["scores"][metric.name])
    spoken = f"95 % interval {score.low:.4g} to {score.high:.4g}, {score.n} pairs"
    good = best is not None and row["rank"] is not None and score.low <= best.high and best.low <= score.high
    number = f"{score.mean:.4g}"
    content = tag("b", number) if good else number
    return tag("td", content, _whisker(score, span), class_="number", title=spoken, data_v=f"{score.mean:.7g}")


def _whisker(score: Interval, span: Span) -> Markup:
    """The interval as a bar and the mean as a dot, on a line from the column's lowest to its highest."""
    low, mean, high = (round(2 + 96 * (x - span[0]) / (span[1] - span[0] or 1), 1) for x in (score.low, score.mean, score.high))
    bar, dot = tag("path", d=f"M{low} 5h{max(high - low, 1):.1f}"), tag("path", d=f"M{mean} 5h0")
    return tag("svg", bar, dot, viewBox="0 0 100 10", class_="whisker", aria_hidden="true")


def _intervals(rows: Iterable[Row], metric: Metric) -> list[Interval]:
    return [Interval(**row["scores"][metric.name]) for row in rows if metric.name in row["scores"]]


def _span(scores: list[Interval]) -> Span:
    return min(s.low for s in scores), max(s.high for s in scores)


def _best(rows: list[Row], metric: Metric) -> Interval | None:
    ranked = _intervals([row for row in rows if row["rank"] is not None], metric)
    sign = 1 if metric.higher_is_better else -1
    return max(ranked, key=lambda score: sign * score.mean, default=None)


def _legend(metrics: Iterable[Metric]) -> Markup:
    lines = [join(tag("dt", m.name), tag("dd", m.description)) for m in metrics if m.description]
    return tag("details", tag("summary", "What the scores mean"), tag("dl", *lines))
