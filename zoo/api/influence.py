"""`zoo.effects`: what each part brings, over a grid of recipes. Imports no torch."""

from collections.abc import Iterable
from pathlib import Path

from zoo.api.standings import known_pairs, known_records, places
from zoo.errors import ZooError
from zoo.recipes.catalog import catalog
from zoo.recipes.track import DEFAULT_TRACK, track_name
from zoo.results.contenders import Contender, contenders
from zoo.results.effects import Effects, mixes
from zoo.results.effects import effects as estimated
from zoo.results.record import Record
from zoo.scoring.protocols import Metric, protocol
from zoo.suites.cells import expand
from zoo.suites.suite import load_suite


def effects(
    suite: str | Path = "", *, track: str | None = None, by: str | None = None, results: Iterable[str | Path] = ()
) -> Effects:
    """What pose, style, merge, generator and losses bring: main effects and interactions of two, with 95 % intervals.

    Over the records of a suite's cells, or else all ranked recipes of the track, variants and baselines aside. `by` is the
    metric, the protocol's own if not given. ZooError where there are no records of it.
    """
    folders = places(results)
    records, place = known_records(folders), track_name(track or DEFAULT_TRACK)
    if suite:
        asked = load_suite(str(suite))
        place = track_name(track or asked.track[0])
        keys = {cell.key for cell in expand(asked, catalog())[0]}
        records = [r for r in records if (r.recipe_digest, r.track_digest, r.seed) in keys]
    else:
        records = [r for r in records if mixes(r)]
    found, metric = _rivals([r for r in records if r.track_name == place], place, by)
    return estimated(found, metric, known_pairs([r for rival in found for r in rival.records], folders))


def _rivals(records: list[Record], track: str, by: str | None) -> tuple[list[Contender], Metric]:
    """What is ranked in the arena of the track with the most records, and the metric; ZooError where there is nothing."""
    arenas = sorted(contenders(records).values(), key=len)
    if not arenas:
        fix = "run it with zoo bench, or name another --track or --results"
        raise ZooError(f"no records of it on {track}", where="zoo effects", fix=fix, exit_code=2)
    rules = protocol(arenas[-1][0].record.protocol)
    metric = rules.metric(by or rules.primary)
    return [rival for rival in arenas[-1] if rival.ranks and metric.name in rival.metrics], metric
