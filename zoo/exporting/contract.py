"""What an exported file takes and gives, and where it comes from: carried inside the file. Imports no torch."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from zoo.documents.strict import Strict
from zoo.errors import ZooError
from zoo.skeleton import JOINTS

Format = Literal["torch-export", "onnx", "torchscript"]
Pixels = Annotated[int, Field(gt=0)]
ENDINGS: dict[Format, str] = {"torch-export": ".pt2", "onnx": ".onnx", "torchscript": ".pt"}
BATCH = "batch"  # the one length that a caller chooses
LENGTHS: dict[Format, int | str] = {"torch-export": BATCH, "onnx": BATCH, "torchscript": 1}  # its tracer makes a number of it


class Input(Strict):
    """A tensor by its name. A length is a number, or "batch"."""

    name: str
    dtype: Literal["float32", "int64", "bool"]
    shape: tuple[int | str, ...]
    meaning: str


class Contract(Strict):
    """An exported file's inputs and output, exact: what is not named here is not read."""

    schema_version: Literal[1] = 1
    format: Format
    recipe: str
    variant: str
    changes: tuple[str, ...]
    recipe_digest: str
    track: str  # whose size the images have
    weights: str | None  # sha256 of the file the parameters come from; None: there are none
    licence: str  # of those parameters
    size: tuple[Pixels, Pixels]  # (H, W)
    regions: tuple[str, ...]  # what the labels mean, from 0
    inputs: tuple[Input, ...]
    output: Input
    versions: dict[str, str]
    difference: float = 0.0  # the largest from the model itself, on people of noise in two batches


def candidates(size: tuple[int, int], edges: int, *, layout: bool, batch: int | str = BATCH) -> tuple[Input, ...]:
    """All that a model may read of `batch` people: `edges` channels of faces in place of joints, an oracle's `layout`."""
    height, width = size
    regions = "the region of each pixel, numbered as in `regions`"
    joints = f"(x, y) pixels of the image, {JOINTS} joints in the order of zoo.skeleton"
    people: list[Input] = [
        Input(name="source_image", dtype="float32", shape=(batch, 3, height, width), meaning="the photo, RGB in [-1, 1]"),
        Input(name="source_regions", dtype="int64", shape=(batch, height, width), meaning=regions),
    ]
    if layout:
        people.append(Input(name="target_regions", dtype="int64", shape=(batch, height, width), meaning=regions))
    for who in ("source", "target"):
        if edges:
            shape = (batch, edges, height, width)
            people.append(Input(name=f"{who}_edges", dtype="float32", shape=shape, meaning="an edge map in [0, 1]"))
        else:
            seen = "which joints are there: of the others no coordinate is read"
            people.append(Input(name=f"{who}_joints", dtype="float32", shape=(batch, JOINTS, 2), meaning=joints))
            people.append(Input(name=f"{who}_visible", dtype="bool", shape=(batch, JOINTS), meaning=seen))
    return tuple(people)


def painted(size: tuple[int, int], batch: int | str = BATCH) -> Input:
    """What every model gives."""
    return Input(name="image", dtype="float32", shape=(batch, 3, *size), meaning="the person in the pose, RGB in [-1, 1]")


def check_path(path: Path, to: str) -> Format:
    """The format `to`; ZooError for an unknown one, and for a path that ends otherwise."""
    for known, ending in ENDINGS.items():
        if to == known and path.suffix == ending:
            return known
        if to == known:
            raise ZooError(
                f"{path.name} does not end in {ending}", where="--out", fix=f"name it {path.stem}{ending}", exit_code=2
            )
    raise ZooError(f"unknown format {to!r}", where="--to", fix=f"known: {', '.join(ENDINGS)}", exit_code=2)
