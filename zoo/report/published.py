"""Numbers quoted from papers: shown apart, never ranked."""

from collections.abc import Sequence
from itertools import groupby

from zoo.report.html import Markup, join, tag
from zoo.store.registry import Published


def published_section(published: Sequence[Published]) -> Markup:
    """The papers' tables, as printed; nothing where there are none."""
    if not published:
        return Markup()
    note = (
        "Quoted from the papers and not ranked with the runs above: image size, test list and code behind a metric of one name "
        "differ from paper to paper. Compare only within one table."
    )
    groups = groupby(published, lambda row: (row.paper, row.table, row.dataset))
    tables = [join(tag("h3", ", ".join(key)), _table(list(rows))) for key, rows in groups]
    content = tag("details", tag("summary", "Show the tables"), *tables)
    return tag("section", tag("h2", "What the papers report"), tag("p", note, class_="note"), content, class_="quoted")


def _table(rows: list[Published]) -> Markup:
    names = list(dict.fromkeys(name for row in rows for name in row.metrics))
    head = tag("tr", tag("th", "method", scope="col"), *(tag("th", name, scope="col", class_="number") for name in names))
    body = [tag("tr", tag("th", row.method, scope="row"), *(_cell(row.metrics.get(name)) for name in names)) for row in rows]
    return tag("div", tag("table", tag("thead", head), tag("tbody", *body)), class_="scroll", tabindex=0)


def _cell(value: float | None) -> Markup:
    return tag("td", "–" if value is None else f"{value:g}", class_="number")
