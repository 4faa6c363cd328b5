"""`zoo.records`, `zoo.leaderboard`, `zoo.compare`: what runs left, read, ranked and compared. Imports no torch."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from zoo.api.pages import beside
from zoo.api.standings import board_text, known_pairs, known_records, places
from zoo.documents.columns import table
from zoo.errors import ZooError, unknown, visible
from zoo.recipes.catalog import catalog
from zoo.recipes.track import DEFAULT_TRACK, track_name
from zoo.report import write_report
from zoo.results.comparison import Row as Difference
from zoo.results.comparison import compare as compared
from zoo.results.comparison import row_of as difference_row
from zoo.results.contenders import Contender, contenders
from zoo.results.files import read_record
from zoo.results.folder import record_of, records_folder
from zoo.results.leaderboard import Row, row_of
from zoo.results.pairs import PairScores, read_all_pairs
from zoo.results.ranking import Standings, standings
from zoo.results.record import Record
from zoo.results.speed import read_speeds
from zoo.timing.plan import COMMITTED, LOCAL

log = logging.getLogger(__name__)

_SHOWN = 3  # records that a name stands for
Folders = Iterable[str | Path]


def records(results: Folders = (), *, track: str | None = None, runs: Folders = ()) -> list[Record]:
    """What runs left in folders of records, oldest first; without folders the project's own, and those of runs made here.

    Beside them those of `runs`: folders of runs made elsewhere (`zoo run --out`), or of records. ZooError for a folder that is
    none, and for a track that nobody knows. What is no valid record is warned of.
    """
    return _of_track(known_records(places(results, runs)), track)


def _of_track(found: list[Record], track: str | None) -> list[Record]:
    if track is None:
        return found
    name = track_name(track)
    known = {record.track_name for record in found} | set(catalog().tracks.items)
    if name not in known and name == track:
        raise unknown("track", track, known, where="--track")
    return [record for record in found if record.track_name == name]


@dataclass(frozen=True, eq=False)
class Leaderboard:
    """Records, ranked where they can be compared."""

    standings: tuple[Standings, ...]  # by arena, each from the best
    records: tuple[Record, ...]
    by: str | None = None  # the metric that ranks; the protocol's own if None
    folders: tuple[Path, ...] = ()  # that were asked for instead of the usual ones
    runs: tuple[Path, ...] = ()  # and beside them

    @property
    def rows(self) -> list[Row]:
        """As plain values."""
        return [row_of(row) for arena in self.standings for row in arena.rows]

    def table(self) -> str:
        """One table per arena, as wide as the terminal."""
        return board_text(self.standings, self.by) or "no records yet: zoo run makes one"

    def save(self, path: str | Path) -> Path:
        """Write it as one self-contained HTML page."""
        speeds = read_speeds([*map(records_folder, self.folders)] or (COMMITTED, LOCAL), report=log.warning)
        write_report(Path(path), self.standings, beside(self.records, places(self.folders, self.runs), speeds=speeds))
        return Path(path)


def leaderboard(
    track: str | None = None, *, by: str | None = None, results: Folders = (), runs: Folders = ()
) -> Leaderboard:  # fmt: skip
    """Rank what can be compared: rows of one track and protocol version, all seeds of a recipe as one.

    Rows that cannot be told apart at 95 %, pair by pair and after Holm's correction for all comparisons, share a rank. ZooError
    as of `records`, and for a metric that no record has.
    """
    asked, more = tuple(map(Path, results)), tuple(map(Path, runs))
    folders = places(asked, more)
    found = _of_track(known_records(folders), track)
    ranked = standings(found, known_pairs(found, folders), by)
    return Leaderboard(tuple(ranked), tuple(found), by, asked, more)


@dataclass(frozen=True, eq=False)
class Versus:
    """Two recipes, or two runs, compared pair by pair."""

    a: Contender
    b: Contender
    rows: list[Difference]  # one for each metric that both have

    def table(self) -> str:
        """Who they are, a line for each metric, and a sentence for each."""
        named = "\n".join(f"{letter}: {_named(one)}" for letter, one in (("a", self.a), ("b", self.b)))
        lines = table(("metric", "a", "b", "a - b", "better"), map(_line, self.rows))
        return "\n\n".join([named, lines, "\n".join(row["sentence"] for row in self.rows)])


def compare(
    a: str | Path | Record, b: str | Path | Record, *, track: str = DEFAULT_TRACK, results: Folders = ()
) -> Versus:  # fmt: skip
    """Compare two rows as the leaderboard names them, with all their seeds, or two records or folders of runs, pair by pair.

    Seeds are a level of their own: with fewer than three each it speaks of these trainings and not of recipes. What is better
    is so at 95 % after Holm's correction for the number of metrics. ZooError for runs that cannot be compared, and for unknown
    names.
    """
    folders = places(results)
    (one, pairs), (other, more) = (_found(word, track, folders) for word in (a, b))
    return Versus(one, other, [difference_row(one, other, found) for found in compared(one, other, {**pairs, **more})])


def _found(
    word: str | Path | Record, track: str, results: Sequence[Path]
) -> tuple[Contender, dict[str, PairScores]]:  # fmt: skip
    """The run of a folder or a record, or else the row of that name, and the scores of its pairs."""
    if isinstance(word, Record):
        return Contender((word,)), known_pairs([word], results)
    path = Path(word)
    if path.exists():
        record = read_record(path := record_of(path) if path.is_dir() else path)
        return Contender((record,)), read_all_pairs([record], [path.parent], report=log.warning)
    track = track_name(track)
    row = _row(str(word), track, [record for record in known_records(results) if record.track_name == track])
    return row, known_pairs(row.records, results)


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


def _line(row: Difference) -> tuple[str, ...]:
    d = row["difference"]
    difference = f"{d['mean']:+.3g} [{d['low']:+.3g}, {d['high']:+.3g}]"
    return str(row["metric"]), f"{row['a']:.4g}", f"{row['b']:.4g}", difference, str(row["better"] or "cannot be told")


def _named(contender: Contender) -> str:
    seeds = f"seed{'s' * (len(contender.seeds) > 1)} {', '.join(map(str, contender.seeds))}"
    return visible(f"{contender.name} ({seeds}) on {contender.record.track_name}, {contender.record.pairs} pairs")
