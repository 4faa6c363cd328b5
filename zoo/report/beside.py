"""What stands beside the records on a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from zoo.report.strips import Strip
from zoo.results.pictures import Painted
from zoo.results.speed import SpeedRecord
from zoo.store.registry import Published


@dataclass(frozen=True)
class Beside:
    """All of it may be missing: a board is made from records alone."""

    mine: frozenset[str] = frozenset()  # ids of the reader's own records: their arenas come first, their rows are marked
    strips: Sequence[Strip] = ()  # what the page's own runs painted, with all that explains it
    published: Sequence[Published] = ()  # the papers' own numbers
    painted: Mapping[str, Painted] = field(default_factory=dict)  # what runs painted, by the ids of their records
    speeds: Sequence[SpeedRecord] = ()  # what was timed, on whatever hardware
    licences: Mapping[str, str] = field(default_factory=dict)  # of weights, by their sha256
