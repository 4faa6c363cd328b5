"""What is in a data set: what was found and what was not, who is in it, what is scored."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from zoo.data.opening import Opened
from zoo.errors import ZooError
from zoo.interfaces import DataReport, Dataset

SPLITS = ("train", "test")
NAMED = 3  # photos that are named where more are counted


@dataclass(frozen=True)
class Split:
    """One split in numbers."""

    name: str
    people: int
    images: int
    pairs: int
    problem: str = ""  # why there is no pair


@dataclass(frozen=True)
class Survey:
    """What `zoo data check` tells."""

    name: str
    dataset: str
    size: tuple[int, int]
    report: DataReport
    splits: tuple[Split, ...]

    def frames(self) -> dict[str, int]:
        """How many pictures are stored at which HxW, the most common first."""
        counted = Counter(frame.stored for frame in self.report.frames.values())
        return {f"{height}x{width}": count for (height, width), count in counted.most_common()}

    def json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "name": self.name, "dataset": self.dataset, "size": list(self.size), "found": dict(self.report.counts),
            "frames": self.frames(), "left_out": {why: list(names) for why, names in self.report.left_out.items()},
            "missing": dict(self.report.hints),
            "splits": {s.name: {"people": s.people, "images": s.images, "pairs": s.pairs} for s in self.splits},
        }  # fmt: skip

    def lines(self) -> Iterator[str]:
        """For people."""
        yield f"{self.name}: {self.dataset} at {self.size[0]}x{self.size[1]} (height x width)"
        if counts := self.report.counts:
            yield f"found     {', '.join(f'{count:,} {what}' for what, count in counts.items())}"
        if frames := self.frames():
            yield f"stored    {', '.join(f'{count:,} at {size}' for size, count in [*frames.items()][:NAMED])}{_more(frames)}"
        for why, names in self.report.left_out.items():
            yield f"left out  {len(names):,} {why}: {', '.join([*names][:NAMED])}{_more(names)}"
        for what, how in self.report.hints.items():
            yield f"missing   {what}: {how}"
        for split in self.splits:
            pairs = split.problem or f"{split.pairs:,} pairs"
            yield f"{split.name:<8}  {split.people:,} people in {split.images:,} images, {pairs}"


def survey(opened: Opened) -> Survey:
    """Look a data set over."""
    splits = tuple(_split(opened.data, name) for name in SPLITS)
    return Survey(opened.name, opened.part.use, opened.size, opened.data.report(), splits)


def _split(data: Dataset, name: str) -> Split:
    groups = data.groups(name)
    people, images = len(groups), sum(map(len, groups))
    try:
        return Split(name, people, images, len(data.pairs(name)))
    except ZooError as error:  # one photo of each person: enough to train on, not to score by pairs
        return Split(name, people, images, 0, error.what)


def _more(things: object) -> str:
    return " ..." if isinstance(things, dict | list | tuple) and len(things) > NAMED else ""
