"""What `zoo bench speed` leaves: an immutable document of its own kind, one a measurement. Imports no torch."""

import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import Field

from zoo.documents.names import FULL, safe_name
from zoo.documents.strict import Strict
from zoo.results.fields import Count, Moment, Name, Positive, Seconds, Text
from zoo.results.hardware import Hardware
from zoo.results.sealed import Sealed, Sha256, read_all

KIND = "speed"
What = Literal["forward", "gradient", "step"]
WHATS: tuple[What, ...] = get_args(What)
Side = Annotated[int, Field(gt=0, le=2**13)]


class Spread(Strict):
    """Seconds of repeats: their median and quartiles."""

    median: Seconds
    low: Seconds
    high: Seconds
    n: Positive

    @classmethod
    def of(cls, values: Iterable[float]) -> Self:
        """Of at least one; quartiles lie between values, as numpy's do."""
        ordered = sorted(values)

        def at(share: float) -> float:
            place = share * (len(ordered) - 1)
            below = int(place)
            above = min(below + 1, len(ordered) - 1)
            return ordered[below] + (place - below) * (ordered[above] - ordered[below])

        return cls(median=at(0.5), low=at(0.25), high=at(0.75), n=len(ordered))


class SpeedSubject(Strict):
    """What was timed: a recipe of the zoo, or a peer, which is somebody else's module behind an adapter."""

    name: Name
    variant: Name = FULL
    changes: list[Text] = []
    digest: Sha256  # of the recipe, or of the adapter's file
    peer: bool = False

    @property
    def title(self) -> str:
        """`scmnet/wo-bsr merge=base.adain`."""
        return " ".join([self.name + (f"/{self.variant}" if self.variant != FULL else ""), *self.changes])


class TimedPart(Strict):
    """One part of the spine. Of one image its multiply-adds, of a batch its seconds."""

    component: Name
    parameters: Count
    macs: Count
    seconds: Seconds | None = None  # of the forward pass, eager


class Rates(Strict):
    """Multiply-adds a second that this machine reached just then, with as many threads and in the same precision."""

    convolution: Annotated[float, Field(gt=0)]  # 3x3, 256 channels, channels last
    product: Annotated[float, Field(gt=0)]  # of square matrices


class SpeedContent(Strict):
    """One measurement, and everything one needs to repeat it. What is timed is a pass over one batch."""

    schema_version: Literal[1] = 1
    kind: Literal["speed"] = "speed"
    what: What
    subject: SpeedSubject
    track: Name
    size: tuple[Side, Side]  # (H, W) of the images
    batch: Positive
    precision: Literal["no", "bf16"]
    compiled: bool
    phase: Text = ""  # of a training step
    seconds: Spread  # by the clock
    processor: Spread  # of all threads, which others' work touches less
    first: Seconds  # the first pass: with everything that is done once, such as compiling
    peak: Count  # bytes at once, above what the process took before the model was built
    parameters: Count
    macs: Count  # of one image, counted as it ran
    parts: Annotated[dict[Name, TimedPart], Field(max_length=100)] = {}
    limits: Rates
    threads: Positive
    others: Seconds  # processors that everybody else kept busy meanwhile
    hardware: Hardware
    code: Sha256  # of the source files of zoo and its plugins
    commit: Text = ""  # of the checkout, where it is one
    versions: Annotated[dict[Name, Text], Field(max_length=100)]
    created: Moment


Key = tuple[object, ...]


class SpeedRecord(Sealed, SpeedContent):
    """What a measurement leaves."""

    content = SpeedContent

    @property
    def throughput(self) -> float:
        """Images a second."""
        return self.batch / self.seconds.median if self.seconds.median else 0.0

    @property
    def share(self) -> float:
        """Of the machine's rate of convolutions: 1 is a pass that does nothing but convolve at the measured rate."""
        return self.macs * self.throughput / self.limits.convolution

    @property
    def key(self) -> Key:
        """What is not measured twice: the same pass of the same code on the same hardware."""
        return (
            self.what, self.subject.digest, self.subject.name, self.track, self.batch, self.precision, self.compiled,
            self.threads, self.code, self.versions.get("torch", ""), self.hardware.cpu, self.hardware.cores, self.hardware.gpu,
        )  # fmt: skip

    @property
    def file_name(self) -> str:
        """speed--track--subject--what--id."""
        words = (KIND, self.track, self.subject.title, self.what, self.id[:12])
        return "--".join(map(safe_name, words)) + ".json"


def read_speeds(folders: Iterable[Path], report: Callable[[str], object] = warnings.warn) -> list[SpeedRecord]:
    """All measurements in the folders, oldest first, each once; what is broken is reported, other records are left out."""
    return sorted(read_all(SpeedRecord, folders, report), key=lambda record: (record.created, record.id))
