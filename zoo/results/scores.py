"""What `zoo score` leaves: an immutable JSON document of its own kind, which no leaderboard reads. Imports no torch."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import Field

from zoo.documents.names import safe_name
from zoo.documents.strict import Strict
from zoo.results.fields import Moment, Name, Seconds, Text
from zoo.results.hardware import Hardware
from zoo.results.sealed import Sealed, Sha256
from zoo.scoring.pictures.document import PictureProtocol
from zoo.scoring.pictures.score import Counts, PictureScore

KIND = "score"


class ProtocolScores(Strict):
    """The numbers of one protocol, which compare with those of the same digest and no others."""

    name: Name
    version: Name
    digest: Sha256  # of the whole document
    scores: dict[Name, PictureScore]
    copies: dict[Name, PictureScore] | None = None  # the sources in the outputs' place
    without: list[Name] = []  # its metrics that were left out


class ScoreContent(Strict):
    """Everything one needs to know of scores of pictures to trust them and to repeat them."""

    schema_version: Literal[1] = 1
    kind: Literal["score"] = "score"
    what: Name  # the outputs' folder
    protocols: Annotated[list[ProtocolScores], Field(min_length=1)]
    counts: Counts
    layouts: dict[Name, Text]
    pictures: Sha256  # of the names and contents of outputs and targets
    networks: dict[Name, Sha256]
    detector: Text = ""  # of the outputs' joints, as the user named it
    versions: dict[Name, Text]
    hardware: Hardware
    seconds: Seconds
    created: Moment


class ScoreRecord(Sealed, ScoreContent):
    """What a scoring of pictures leaves."""

    content = ScoreContent

    @classmethod
    def new(
        cls,
        *,
        what: str,
        protocols: Sequence[PictureProtocol],
        scores: Mapping[str, Mapping[str, PictureScore]],
        copies: Mapping[str, Mapping[str, PictureScore]] | None,
        counts: Counts,
        layouts: Mapping[str, str],
        pictures: str,
        networks: Mapping[str, str],
        detector: str,
        versions: Mapping[str, str],
        hardware: Hardware,
        seconds: float,
    ) -> Self:
        """The record of scores of the pictures in the folder `what`; `protocols` with all their metrics."""
        rows = [
            ProtocolScores(
                name=p.name, version=p.version, digest=p.digest(), scores=dict(scores[p.name]),
                copies=None if copies is None else dict(copies[p.name]),
                without=[rule.name for rule in p.metrics if rule.name not in scores[p.name]],
            )
            for p in protocols
        ]  # fmt: skip
        return cls.of({
            "what": what, "protocols": rows, "counts": counts, "layouts": dict(layouts), "pictures": pictures,
            "networks": dict(networks), "detector": detector, "versions": dict(versions), "hardware": hardware,
            "seconds": seconds, "created": datetime.now(UTC).isoformat(timespec="seconds"),
        })  # fmt: skip

    @property
    def file_name(self) -> str:
        """score--what--id."""
        return f"{KIND}--{safe_name(self.what)}--{self.id[:12]}.json"
