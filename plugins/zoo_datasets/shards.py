"""Decoded photos on disk: written once by `zoo data prepare`, read ever after instead of the photos.

A folder of shards holds `index.json` and files of rows, `0000.shard` ..., which `numpy.load(path, mmap_mode="r")` reads: the
fields of a row are photo (3,H,W) and labels (H,W), uint8, joints (18,2) float32 in pixels of H x W, and visible (18). The same
photos give the same bytes.
"""

import hashlib
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import torch

from zoo.documents.files import require_space, sweep, write_atomically
from zoo.documents.progress import Ticker
from zoo.documents.reading import read_bounded
from zoo.documents.strict import Strict, validated_model
from zoo.errors import ZooError
from zoo.hookspecs import Option
from zoo.photos.detections import Skeleton
from zoo.skeleton import JOINTS
from zoo_datasets.kept import Pixels, workers

INDEX = "index.json"
LARGEST_INDEX = 1 << 24  # bytes
SHARD = 64e6  # bytes, about
Place = Annotated[
    str, Option("folder in which zoo data prepare writes decoded photos; they are read instead, once they are there", "ours")
]
AGAIN = "run zoo data prepare again, which mends what is stale, or delete the folder"


@dataclass(frozen=True)
class Photos:
    """The photos of a data set, by index, and how each is read: all that shards need to know of it."""

    names: Sequence[str]
    indices: Sequence[int]  # of those that are not left out
    size: tuple[int, int]  # (H, W)
    reading: str  # what decides over the pixels, the files apart: the fit, the words of the labels
    decode: Callable[[int], Pixels]
    joints: Callable[[int], Skeleton]  # in pixels of `size`
    contents: Callable[[int], Sequence[bytes]]  # of the files that a photo and its labels are made from

    def row(self, i: int) -> tuple[np.ndarray, ...]:
        """The fields of a row."""
        return tuple(field.numpy() for field in (*self.decode(i), *self.joints(i)))

    def origin(self, indices: Sequence[int]) -> str:
        """sha256 of all that rows are made from."""
        digest = hashlib.sha256()
        for i in indices:
            contents = [self.names[i].encode(), *(t.numpy().tobytes() for t in self.joints(i)), *self.contents(i)]
            digest.update(repr([hashlib.sha256(content).hexdigest() for content in contents]).encode())
        return digest.hexdigest()


class Shard(Strict):
    """One file of rows."""

    sha256: str  # of the file
    origin: str  # of what its photos were made from


class ShardIndex(Strict):
    """What lies in a folder of shards: `rows` photos in each, fewer in the last."""

    format: Literal[1] = 1
    size: tuple[int, int]
    reading: str
    photos: int
    rows: int
    shards: list[Shard] = []


def shards_folder(root: Path, photos: Photos) -> Path:
    """The place of these photos' shards in `root`, where those of other sizes and readings lie too."""
    key = hashlib.sha256(photos.reading.encode()).hexdigest()[:8]
    return root / f"{photos.size[0]}x{photos.size[1]}-{key}"


def write_shards(folder: Path, photos: Photos) -> ShardIndex:
    """Decode all photos into `folder`. What is there and right is kept, so that a killed call goes on where it stood."""
    index, before = _fresh(photos), _before(folder, photos)
    require_space(folder, _row_type(photos.size).itemsize * len(photos.indices))
    shards: list[Shard] = []
    with Ticker("preparing", len(photos.indices)) as ticker:
        for number, indices in enumerate(_chunks(photos, index.rows)):
            shards.append(_kept_or_written(_path(folder, number), before[number : number + 1], indices, photos))
            _write_index(folder, index, shards + before[number + 1 :])
            ticker.at(number * index.rows + len(indices))
    _write_index(folder, index, shards)
    for path in {*folder.glob("*.shard")} - {_path(folder, number) for number in range(len(shards))}:
        path.unlink()
    sweep(folder)
    return index


class Shards:
    """Rows of shards. A shard is checked when it is first asked for: it must be whole, and of the photos that are there now.

    It is mapped for as long as a batch is read, so that its pages are the system's to keep, and not this process's memory.
    """

    def __init__(self, folder: Path, photos: Photos) -> None:
        self.folder, self.photos, self.index = folder, photos, _read_index(folder)
        if self.index.model_copy(update={"shards": []}) != _fresh(photos):
            what = f"the shards are of {self.index.photos} photos, or read otherwise; here are {len(photos.indices)}"
            raise ZooError(what, where=str(folder), fix=AGAIN)
        self.chunks = _chunks(photos, self.index.rows)
        if len(self.index.shards) != len(self.chunks):
            what = f"{len(self.index.shards)} of {len(self.chunks)} shards are there"
            raise ZooError(what, where=str(folder), fix="run zoo data prepare again: it goes on where it stood")
        self.position = {i: n for n, i in enumerate(photos.indices)}
        self.checked: set[int] = set()

    def read(self, indices: Sequence[int]) -> Pixels:
        """Photos (B,3,H,W) and labels (B,H,W)."""
        places = [divmod(self.position[i], self.index.rows) for i in indices]
        asked = {shard for shard, _ in places}
        self.checked.update(workers().map(self._checked, asked - self.checked))
        files = {shard: np.load(_path(self.folder, shard), mmap_mode="r") for shard in asked}
        photos, labels = (np.stack([files[shard][name][row] for shard, row in places]) for name in ("photo", "labels"))
        return torch.from_numpy(photos), torch.from_numpy(labels)

    def _checked(self, number: int) -> int:
        path = _path(self.folder, number)
        if problem := _problem(path, self.index.shards[number], self.chunks[number], self.photos):
            raise ZooError(f"{path.name} {problem}", where=str(self.folder), fix=AGAIN)
        return number


def _problem(path: Path, known: Shard, indices: Sequence[int], photos: Photos) -> str:
    """Why a shard cannot serve; empty where it can."""
    if known.origin != photos.origin(indices):
        return "is not of the photos, labels and joints that are there now"
    if not path.is_file() or _sha256(path) != known.sha256:
        return "is missing or damaged"
    rows = np.load(path, mmap_mode="r")
    if rows.shape != (len(indices),) or rows[:1].tobytes() != _rows([photos.row(indices[0])], photos.size).tobytes():
        return "was decoded otherwise than photos are now"  # by another Pillow, or zoo
    return ""


def _kept_or_written(path: Path, before: Sequence[Shard], indices: Sequence[int], photos: Photos) -> Shard:
    for known in before:
        if not _problem(path, known, indices, photos):
            return known
    content, origin = io.BytesIO(), photos.origin(indices)
    np.save(content, _rows([*workers().map(photos.row, indices)], photos.size))
    write_atomically(path, content.getvalue())
    return Shard(sha256=hashlib.sha256(content.getbuffer()).hexdigest(), origin=origin)


def _rows(fields: Sequence[tuple[np.ndarray, ...]], size: tuple[int, int]) -> np.ndarray:
    rows = np.empty(len(fields), _row_type(size))
    for n, row in enumerate(fields):
        rows[n] = row
    return rows


def _row_type(size: tuple[int, int]) -> np.dtype[Any]:
    return np.dtype(
        [("photo", "u1", (3, *size)), ("labels", "u1", size), ("joints", "<f4", (JOINTS, 2)), ("visible", "?", (JOINTS,))]
    )


def _fresh(photos: Photos) -> ShardIndex:
    rows = max(int(SHARD) // _row_type(photos.size).itemsize, 1)
    return ShardIndex(size=photos.size, reading=photos.reading, photos=len(photos.indices), rows=rows, shards=[])


def _chunks(photos: Photos, rows: int) -> list[Sequence[int]]:
    return [photos.indices[n : n + rows] for n in range(0, len(photos.indices), rows)]


def _before(folder: Path, photos: Photos) -> list[Shard]:
    """The shards that an earlier call wrote and that may still serve."""
    if not (folder / INDEX).is_file():
        return []
    index = _read_index(folder)
    return index.shards if index.rows == _fresh(photos).rows else []


def _read_index(folder: Path) -> ShardIndex:
    path = folder / INDEX
    try:
        document = json.loads(read_bounded(path, LARGEST_INDEX))
        assert isinstance(document, dict)
    except (ValueError, AssertionError, RecursionError) as error:
        raise ZooError(f"{INDEX} is damaged", where=str(folder), fix="delete it, then run zoo data prepare again") from error
    return validated_model(ShardIndex, document, str(path))


def _write_index(folder: Path, index: ShardIndex, shards: list[Shard]) -> None:
    write_atomically(folder / INDEX, index.model_copy(update={"shards": shards}).model_dump_json(indent=1).encode())


def _path(folder: Path, number: int) -> Path:
    return folder / f"{number:04}.shard"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
