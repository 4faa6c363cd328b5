"""Annotations as files in the formats that every command reads: joints as OpenPose JSON, labels as png."""

import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Self

from PIL import Image

from zoo.annotation.nets import Annotation, Annotator
from zoo.documents.files import write_atomically
from zoo.errors import ZooError

JOINTS, REGIONS = "joints", "regions"  # folders
_KEY = "annotation"  # in the JSON


@dataclass(frozen=True)
class Found:
    """What the file of a photo's joints says of how they were found."""

    detector: str
    parser: str  # "" where nobody asked for regions
    vocabulary: str  # of the labels
    photo: str  # sha256
    person: int
    people: int
    joints: int  # seen
    joints_sure: float
    regions_sure: float

    @classmethod
    def of(cls, seen: Annotation, nets: Annotator, photo: str, *, regions: bool) -> Self:
        """What `nets` saw in a photo of this digest."""
        return cls(
            detector=nets.detector, parser=nets.parser if regions else "",
            vocabulary=nets.parsing.vocabulary if regions else "", photo=photo, person=seen.person, people=seen.people,
            joints=seen.seen, joints_sure=round(seen.joints_sure, 3), regions_sure=round(seen.regions_sure, 3),
        )  # fmt: skip

    def __str__(self) -> str:
        several = f"; person {self.person} of {self.people}" if self.people > 1 else ""
        regions = f"; regions {self.regions_sure:.2f} sure" if self.parser else ""
        return f"{self.joints} of 18 joints, {self.joints_sure:.2f} sure{regions}{several}"


def joints_file(out: Path, name: str) -> Path:
    """Of the photo `name`, relative to the folder of photos."""
    return out / JOINTS / PurePosixPath(name).with_name(f"{PurePosixPath(name).stem}_keypoints.json")


def regions_file(out: Path, name: str) -> Path:
    """Of the photo `name`, relative to the folder of photos."""
    return out / REGIONS / PurePosixPath(name).with_suffix(".png")


def write_found(out: Path, name: str, seen: Annotation, found: Found) -> None:
    """Labels first: where the joints are, everything is."""
    if seen.labels is not None:
        write_labels(regions_file(out, name), seen.labels)
    rows = [[x, y, c] for (x, y), c in zip(seen.joints.tolist(), seen.confidence.tolist(), strict=True)]
    document = {
        "version": 1.3, "canvas_height": seen.frame[0], "canvas_width": seen.frame[1],
        "people": [{"pose_keypoints_2d": [round(v, 3) for row in rows for v in row]}], _KEY: vars(found),
    }  # fmt: skip
    write_atomically(joints_file(out, name), json.dumps(document).encode())


def write_labels(path: Path, labels: Image.Image) -> None:
    """A grey png of label numbers."""
    buffer = io.BytesIO()
    labels.save(buffer, "PNG")
    write_atomically(path, buffer.getvalue())


def read_found(out: Path, name: str) -> Found | None:
    """What an earlier call left of the photo, or None; ZooError for joints of another origin, which are never replaced."""
    path = joints_file(out, name)
    if not path.exists():
        return None
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        found = Found(**document[_KEY])
    except (OSError, ValueError, LookupError, TypeError) as error:
        fix = "name a folder of its own with --out, or remove the file"
        raise ZooError(f"{path.name} was not written by zoo annotate", where=str(path), fix=fix) from error
    return found if not found.parser or regions_file(out, name).exists() else None


def digest(photo: Path) -> str:
    """sha256 of the file."""
    try:
        return hashlib.sha256(photo.read_bytes()).hexdigest()
    except OSError as error:
        raise ZooError(f"cannot read {photo.name}: {error.strerror}", where=str(photo), fix="check the path") from error
