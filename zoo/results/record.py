"""One run, one immutable JSON file. Reading imports no torch."""

import hashlib
import json
import os
import platform
import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, Field, ValidationError, model_serializer

from zoo.documents.files import write_atomically
from zoo.documents.strict import Strict
from zoo.errors import ZooError
from zoo.recipes.recipe import Recipe
from zoo.recipes.track import Track
from zoo.scoring.intervals import Interval
from zoo.scoring.protocols import Protocol

Count = Annotated[int, Field(ge=0)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class PartCost(Strict):
    """One part of the spine: who plays it, its parameters, and its multiply-adds for one image."""

    component: str
    parameters: Count
    macs: Count


class Weights(Strict):
    """Which weights were scored, where they came from, and what was spent on them."""

    origin: Literal["registry", "file", "trained", "none"]
    sha256: Sha256 | None = None
    steps: Count = 0
    images_seen: Count = 0
    batch: Count = 0
    precision: Literal["no", "bf16"] = "no"  # of the forward pass in training

    @model_serializer(mode="wrap")
    def _write(self, write: Callable[[Self], dict[str, Any]]) -> dict[str, Any]:
        """Without a precision of single: records from before it was told keep their ids."""
        return {name: value for name, value in write(self).items() if (name, value) != ("precision", "no")}


class Hardware(Strict):
    """The machine, by kind and never by name."""

    cpu: str
    cores: int
    gpu: str | None = None

    @classmethod
    def of(cls, device: str) -> Self:
        """This machine, with the accelerator that `device` names."""
        return cls(cpu=_cpu(), cores=_cores(), gpu=_gpu(device))


class Times(Strict):
    """Wall-clock seconds; `images_per_second` is the model's forward while scoring."""

    train_seconds: float = 0.0
    score_seconds: float = 0.0
    images_per_second: float = 0.0


class Record(Strict):
    """Everything one needs to know of a run to trust its scores, compare them and repeat them."""

    schema_version: Literal[1] = 1
    recipe: dict[str, Any]  # resolved
    recipe_digest: Sha256
    track: dict[str, Any]  # resolved
    track_digest: Sha256
    protocol: str
    protocol_version: str
    seed: int
    data_digest: str
    weights: Weights
    pairings: list[str]  # of the phases: "base.self" alone is self-supervised
    pairs: Annotated[int, Field(gt=0)]  # scored
    scores: dict[str, Interval]
    parts: dict[str, PartCost]  # by the part's name: style, merge ...
    versions: dict[str, str]
    hardware: Hardware
    times: Times
    created: AwareDatetime

    @classmethod
    def new(
        cls,
        *,
        recipe: Recipe,
        track: Track,
        seed: int,
        protocol: Protocol,
        data: str,
        origin: str,
        weights: str | None,
        steps: int,
        images_seen: int,
        precision: str,
        scores: Mapping[str, Interval],
        pairs: int,
        parts: Mapping[str, PartCost],
        versions: Mapping[str, str],
        hardware: Hardware,
        times: Times,
        created: str,
    ) -> Self:
        """The record of a run. `data` is the digest of its test split, `weights` the sha256 of what was scored."""
        spent = {
            "steps": steps,
            "images_seen": images_seen,
            "batch": track.budget.batch if steps else 0,
            "precision": precision,
        }
        return cls.model_validate({
            "recipe": recipe.model_dump(mode="json"), "recipe_digest": recipe.digest(),
            "track": track.model_dump(mode="json"), "track_digest": track.digest(),
            "protocol": protocol.name, "protocol_version": protocol.version,
            "seed": seed, "data_digest": data, "weights": {"origin": origin, "sha256": weights, **spent},
            "pairings": sorted({phase.pairing.use for phase in recipe.phases}),
            "pairs": pairs, "scores": dict(scores), "parts": dict(parts),
            "versions": dict(versions), "hardware": hardware, "times": times, "created": created,
        })  # fmt: skip

    @property
    def id(self) -> str:
        """sha256 of the content."""
        return content_digest(self.model_dump(mode="json"))

    @property
    def recipe_name(self) -> str:
        """The recipe's name."""
        return str(self.recipe["name"])

    @property
    def variant(self) -> str:
        """The recipe's variant; "full" is the recipe itself."""
        return str(self.recipe["variant"])

    @property
    def changes(self) -> list[str]:
        """The --set changes, as given."""
        return list(self.recipe["changes"])

    @property
    def oracle(self) -> bool:
        """Whether the model was fed the target's true parsing."""
        return bool(self.recipe["oracle"])

    @property
    def track_name(self) -> str:
        """The track's name."""
        return str(self.track["name"])

    @property
    def file_name(self) -> str:
        """track--recipe--variant--seed--id, in characters every file system takes."""
        words = (self.track_name, self.recipe_name, self.variant, f"seed{self.seed}", self.id[:12])
        return "--".join(re.sub(r"[^A-Za-z0-9._+-]", "-", word) for word in words) + ".json"


def content_digest(content: Mapping[str, Any]) -> str:
    """sha256 of canonical JSON: sorted keys, no spaces, no NaN."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def write_record(record: Record, folder: Path) -> Path:
    """Write the record under its own name and return the path; a file of that name with other content is refused."""
    path = folder / record.file_name
    content = json.dumps({"id": record.id, **record.model_dump(mode="json")}, indent=1).encode() + b"\n"
    if not path.exists():
        write_atomically(path, content)
    elif path.read_bytes() != content:
        raise ZooError(
            f"{path.name} exists with other content", where=str(folder), fix="a record was altered: restore or remove it"
        )
    return path


def read_record(path: Path) -> Record:
    """Read one record; ZooError when it does not parse, does not fit the schema, or was altered after it was written."""
    try:
        content = json.loads(path.read_bytes())
        stored = content.pop("id", None)
        record = Record.model_validate(content)
        altered = stored != content_digest(content)
    except ValidationError as error:
        first = error.errors()[0]
        raise _unreadable(path, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    except (OSError, ValueError, AttributeError, TypeError, RecursionError) as error:
        raise _unreadable(path, str(error)) from error
    if altered:
        raise _unreadable(path, "the content does not match its id: it was altered after it was written")
    return record


def read_records(folders: Iterable[Path], report: Callable[[str], object] = warnings.warn) -> list[Record]:
    """All records of the folders, oldest first, each once. A file that is no valid record is reported and left out."""
    found: dict[str, Record] = {}
    for path in sorted(p for folder in folders for p in folder.glob("*.json")):
        try:
            record = read_record(path)
        except ZooError as error:
            report(str(error))
        else:
            found.setdefault(record.id, record)
    return sorted(found.values(), key=lambda r: (r.created, r.id))


def _unreadable(path: Path, why: str) -> ZooError:
    return ZooError(
        f"{path.name} is not a valid record: {why}", where=str(path.parent), fix="restore it, or remove it and run again"
    )


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _gpu(device: str) -> str | None:
    if not device.startswith("cuda"):
        return None
    import torch

    return torch.cuda.get_device_name(device)


def _cpu() -> str:
    try:
        names = re.findall(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()
