"""What stands beside the records on a page."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from zoo.report.strips import Strip
from zoo.store.registry import Published


@dataclass(frozen=True)
class Beside:
    """All of it may be missing: a board is made from records alone."""

    mine: Set[str] = frozenset()  # ids of the reader's own records: their arenas come first, their rows are marked
    strips: Sequence[Strip] = ()  # what runs painted
    published: Sequence[Published] = ()  # the papers' own numbers
    licences: Mapping[str, str] = field(default_factory=dict)  # of weights, by their sha256
