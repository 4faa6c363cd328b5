"""What a run painted for a few pairs: one file of its folder, which a board shows. Imports no torch."""

import base64
import io
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, ValidationError

from zoo.documents.files import write_atomically
from zoo.documents.reading import read_bounded
from zoo.documents.strict import Strict
from zoo.errors import ZooError
from zoo.results.fields import Name
from zoo.results.sealed import Sha256
from zoo.store.folder import PICTURES

if TYPE_CHECKING:
    from zoo.explain import Picture
    from zoo.scoring.samples import Sample

LARGEST = 1 << 25  # bytes of a file; twelve pairs of 256 px take 2 million
COARSE = 128  # pixels: pictures below this height are exact, their pixels squares; larger ones get a palette
Png = Annotated[str, Field(pattern=r"^iVBORw0KGgo[A-Za-z0-9+/]*={0,2}$")]  # in base 64; what it begins with is PNG's signature


class PaintedPair(Strict):
    """One pair in pictures."""

    name: Name
    source: Png
    pose: Png
    output: Png
    truth: Png | None = None


class Painted(Strict):
    """A few pairs of a run."""

    record: Sha256  # of the run
    pairs: Annotated[list[PaintedPair], Field(max_length=100)]

    @classmethod
    def of(cls, record: str, samples: "Iterable[Sample]") -> Self:
        """From what the scorer kept."""
        pairs = [
            PaintedPair(
                name=sample.name, source=drawn(sample.source), pose=drawn(sample.pose), output=drawn(sample.output),
                truth=None if sample.truth is None else drawn(sample.truth),
            )
            for sample in samples
        ]  # fmt: skip
        return cls(record=record, pairs=pairs)

    def save(self, folder: Path) -> None:
        """Write the file into a run folder; the old one or the whole new one."""
        write_atomically(folder / PICTURES, self.model_dump_json().encode())

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read one; ZooError when it is none."""
        try:
            return cls.model_validate_json(read_bounded(path, LARGEST))
        except ValidationError as error:
            raise ZooError(
                f"{path.name} holds no pictures of a run", where=str(path.parent), fix="remove it, or score the run again"
            ) from error


def drawn(picture: "Picture") -> str:
    """A (H,W,3) uint8 picture as PNG in base 64."""
    return png(picture, exact=picture.shape[0] < COARSE)


def png(picture: "Picture", *, exact: bool) -> str:
    """The same, exact or with a palette of 256 colours, which is a third as long."""
    from PIL import Image

    buffer, image = io.BytesIO(), Image.fromarray(picture)
    (image if exact else image.quantize()).save(buffer, format="PNG", optimize=not exact)
    return base64.b64encode(buffer.getvalue()).decode()


def read_painted(folders: Iterable[Path], report: Callable[[str], object] = warnings.warn) -> dict[str, Painted]:
    """By the ids of their records: the pictures in the run folders around each folder of records, where `zoo run` puts them.

    What is no file of pictures is reported and left out.
    """
    around = dict.fromkeys(folder.parent for folder in folders)
    found: dict[str, Painted] = {}
    for path in (path for place in around for depth in ("", "*/", "*/*/") for path in sorted(place.glob(depth + PICTURES))):
        try:
            painted = Painted.load(path)
        except ZooError as error:
            report(str(error))
            continue
        found.setdefault(painted.record, painted)
    return found
