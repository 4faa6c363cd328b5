"""What is shown of a run: its scores among all records known here, as text and as a page."""

from pathlib import Path

from zoo.api.pages import beside
from zoo.api.standings import known_pairs, known_records, run_text
from zoo.report import Strip, write_report
from zoo.report.arenas import full_name
from zoo.results.pairs import PairsById, read_all_pairs
from zoo.results.ranking import standings
from zoo.results.record import Record
from zoo.running.scoring import Result
from zoo.store.folder import REPORT
from zoo.store.registry import Published, registry


def report(result: Result) -> tuple[str, Path]:
    """A run's scores and the leaderboard that it belongs to, and its report page."""
    records = known_records()
    pairs = {**known_pairs(records), **read_all_pairs([result.record], [result.record_path.parent])}
    return run_text(result.record, records, pairs), write_page(result, records, pairs)


def write_page(result: Result, records: list[Record], pairs: PairsById) -> Path:
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
