"""What `zoo score` leaves: an immutable JSON document of its own kind, which no leaderboard reads. Imports no torch."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field

from zoo.documents.files import write_atomically
from zoo.documents.names import safe_name
from zoo.documents.reading import read_bounded
from zoo.documents.strict import Strict, validated_model
from zoo.errors import ZooError
from zoo.results.record import Hardware, Moment, Name, Seconds, Text
from zoo.results.sealed import Sealed, Sha256
from zoo.scoring.pictures.document import PictureProtocol
from zoo.scoring.pictures.score import Counts, PictureScore

KIND = "score"
LARGEST = 1 << 20  # bytes


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

    def write(self, folder: Path) -> Path:
        """Write it under its own name and return the path."""
        path = folder / self.file_name
        write_atomically(path, self.encoded())
        return path


def read_score_record(path: Path) -> ScoreRecord:
    """Read one; ZooError when it does not parse, is of another kind, or was altered after it was written."""
    try:
        document = json.loads(read_bounded(path, LARGEST))
    except (ValueError, RecursionError) as error:
        raise ZooError(f"{path.name} is not valid JSON: {error}", where=str(path), fix="score again") from error
    if not isinstance(document, dict) or document.get("kind") != KIND:
        raise ZooError(f"{path.name} is no record of zoo score", where=str(path), fix="name a file that zoo score wrote")
    return validated_model(ScoreRecord, document, where=str(path))
