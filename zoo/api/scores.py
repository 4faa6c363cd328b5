"""What a protocol says of a model."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zoo.documents.columns import table
from zoo.scoring.intervals import Interval, interval_text
from zoo.scoring.protocols import Protocol

if TYPE_CHECKING:
    from zoo.scoring import Scored


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores of a model on the test pairs of its track: what `Pipeline.score` gives."""

    protocol: Protocol
    scored: "Scored"  # per pair, with names, people and pictures

    def __getitem__(self, metric: str) -> Interval:
        """Mean and 95 % interval of a metric, by a bootstrap over people; KeyError for one that could not be had."""
        return self.scored.summary[metric]

    @property
    def pairs(self) -> int:
        """How many were scored."""
        return len(self.scored.names)

    def table(self) -> str:
        """A line for each metric."""
        rows = [
            [m.name, "higher" if m.higher_is_better else "lower", f"{interval_text(self[m.name])} {m.unit}".rstrip()]
            for m in self.protocol.metrics
            if m.name in self.scored.summary
        ]
        return table(["score", "better", f"{self.pairs} pairs, {self.protocol.name}"], rows)

    def __repr__(self) -> str:
        first = self.protocol.primary
        told = f"{first} {interval_text(self[first])}" if first in self.scored.summary else "nothing to rank by"
        return f"<scores of {self.pairs} pairs by {self.protocol.name}: {told}>"
