"""`zoo run`: score a recipe on a track, with the shipped weights or trained from scratch."""

from pathlib import Path
from typing import TYPE_CHECKING

import zoo
from zoo.api.pages import beside
from zoo.api.standings import known_pairs, known_records, run_text
from zoo.cli.asking import OPTIONS, Asked, asking
from zoo.cli.output import Json, say, show
from zoo.documents.voice import leads
from zoo.report import Strip, write_report
from zoo.report.arenas import full_name
from zoo.results.pairs import PairsById, read_all_pairs
from zoo.results.ranking import standings
from zoo.results.record import Record
from zoo.store.folder import REPORT
from zoo.store.registry import Published, registry

if TYPE_CHECKING:
    from zoo.running import Result

NAME = "run"


@asking(*OPTIONS)
def command(asked: Asked, json: Json = False) -> None:
    """Score a recipe on a track.

    Leaves an immutable record, a report page and a leaderboard row.
    """
    result = zoo.run(**asked)
    if not leads():
        return
    records = known_records()
    pairs = {**known_pairs(records), **read_all_pairs([result.record], [result.record_path.parent])}
    page = write_page(result, records, pairs)
    show(result.record_path.read_text(encoding="utf-8").rstrip() if json else run_text(result.record, records, pairs))
    say(f"record: {result.record_path}\nreport: {page}\nrun folder: {result.folder}")


def write_page(result: "Result", records: list[Record], pairs: PairsById) -> Path:
    """The run's report: what it painted, beside every record known here."""
    record, path = result.record, result.folder / REPORT
    everyone = [*records, record]
    strip = Strip(f"{full_name(record)} on {record.track_name}", result.scored.samples)
    around = beside([record], [result.record_path.parent], quoted(record), [strip])
    write_report(path, standings(everyone, pairs), around)
    return path


def quoted(record: Record) -> list[Published]:
    """What the papers report on the data set of the record's track; of a track that quotes none, everything."""
    dataset = (record.track.model_extra or {}).get("quotes")
    return [row for row in registry().published if dataset in ("", None, row.dataset)]
