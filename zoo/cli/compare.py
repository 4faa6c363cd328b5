"""`zoo compare`: two recipes, or two runs, pair by pair."""

from pathlib import Path
from typing import Annotated

import typer

from zoo.cli.output import Json, show, show_json, table
from zoo.cli.standings import Results, known_pairs, known_records, warn
from zoo.errors import ZooError, unknown, visible
from zoo.recipes.track import DEFAULT_TRACK
from zoo.results.comparison import Row, compare, row_of
from zoo.results.contenders import Contender, contenders
from zoo.results.files import read_record
from zoo.results.folder import record_of
from zoo.results.pairs import PairScores, read_all_pairs
from zoo.results.record import Record

NAME = "compare"
_SHOWN = 3  # records that a name stands for


def command(
    a: Annotated[
        str, typer.Argument(help="A row as the leaderboard names it, with all its seeds; a record, or a run's folder.")
    ],
    b: Annotated[str, typer.Argument(help="What it is compared with, in the same words.")],
    track: Annotated[str, typer.Option(help="Where the rows are looked for.")] = DEFAULT_TRACK,
    results: Results = None,
    json: Json = False,
) -> None:
    """Compare two recipes, or two runs, pair by pair.

    Sharper than two intervals side by side: what is hard about a pair is hard for both, and cancels in the difference. Seeds
    are a level of their own: with one each it speaks of two trainings and not of two recipes. What is better is so at 95 %
    after Holm's correction for the number of metrics.
    """
    (one, pairs), (other, more) = (_found(word, track, results or []) for word in (a, b))
    found = compare(one, other, {**pairs, **more})
    rows = [row_of(one, other, difference) for difference in found]
    if json:
        show_json(rows)
        return
    show("\n".join(f"{letter}: {_named(contender)}" for letter, contender in (("a", one), ("b", other))) + "\n")
    show(table(("metric", "a", "b", "a - b", "better"), map(_line, rows)))
    show("\n" + "\n".join(row["sentence"] for row in rows))


def _found(word: str, track: str, results: list[Path]) -> tuple[Contender, dict[str, PairScores]]:
    """The run of a folder or a record, or else the row of that name, and the scores of its pairs."""
    path = Path(word)
    if path.exists():
        record = read_record(path := record_of(path) if path.is_dir() else path)
        return Contender((record,)), read_all_pairs([record], [path.parent], report=warn)
    row = _row(word, track, [record for record in known_records(*results) if record.track_name == track])
    return row, known_pairs(row.records, *results)


def _row(name: str, track: str, records: list[Record]) -> Contender:
    """The row of that name; of several the one that is ranked."""
    rows = [contender for found in contenders(records).values() for contender in found]
    named = [contender for contender in rows if contender.name == name]
    if not named:
        raise unknown("row", name, {contender.name for contender in rows}, where=f"the leaderboard of {track}")
    ranked = [contender for contender in named if contender.ranks] or named
    if len(ranked) > 1:
        files = ", ".join(contender.record.file_name for contender in ranked[:_SHOWN])
        raise ZooError(f"{len(ranked)} rows are called {name}", where=f"the leaderboard of {track}",
                       fix=f"name a record: {files}", exit_code=2)  # fmt: skip
    return ranked[0]


def _line(row: Row) -> tuple[str, ...]:
    d = row["difference"]
    difference = f"{d['mean']:+.3g} [{d['low']:+.3g}, {d['high']:+.3g}]"
    return str(row["metric"]), f"{row['a']:.4g}", f"{row['b']:.4g}", difference, str(row["better"] or "cannot be told")


def _named(contender: Contender) -> str:
    seeds = f"seed{'s' * (len(contender.seeds) > 1)} {', '.join(map(str, contender.seeds))}"
    return visible(f"{contender.name} ({seeds}) on {contender.record.track_name}, {contender.record.pairs} pairs")
