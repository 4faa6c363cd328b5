"""Region maps: png or npy files of label numbers."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from zoo.errors import ZooError
from zoo.ops.regions import one_hot
from zoo.photos.arrays import read_array
from zoo.photos.images import decode
from zoo.photos.placement import Placement
from zoo.regions import VOCABULARIES, Vocabulary

VOID = 255  # what annotators leave open
_LOSSLESS = ("PNG", "BMP")  # JPEG invents labels along every edge


def read_parsing(path: Path, vocabulary: Vocabulary, frame: tuple[int, int] | None = None) -> Tensor:
    """A label file as one-hot regions (R,H,W). See `read_labels`."""
    labels = torch.from_numpy(np.array(read_labels(path, vocabulary, frame)))
    return one_hot(labels[None], len(vocabulary))[0]


def placed_labels(path: Path, vocabulary: Vocabulary, placement: Placement) -> Tensor:
    """The labels (H,W) uint8 of a photo, brought to the model's size like the photo itself."""
    labels = read_labels(path, vocabulary, placement.frame)
    return torch.from_numpy(np.array(placement.labels(labels, vocabulary.index("background"))))


def read_labels(path: Path, vocabulary: Vocabulary, frame: tuple[int, int] | None = None) -> Image.Image:
    """A png (grey, palette, or of channels that are alike) or npy (integers) of label numbers (H,W), as a picture of mode L.

    Void (255) is background. ZooError when the file is missing or damaged, is a colour picture, is not of size `frame`, or
    holds labels that the vocabulary does not have.
    """
    name, where = path.name, str(path)
    array = path.suffix.lower() == ".npy"
    labels = read_array(path, "parsing") if array else label_numbers(decode(path, _LOSSLESS), name, where)
    return as_labels(labels, vocabulary, frame, name, where)


def as_labels(
    labels: np.ndarray, vocabulary: Vocabulary, frame: tuple[int, int] | None, name: str, where: str
) -> Image.Image:  # fmt: skip
    """Label numbers (H,W), checked, as `read_labels` has them; errors speak of `name`."""
    if labels.dtype.kind not in "iu":
        raise ZooError(f"parsing {name} holds {labels.dtype}, not integers", where=where, fix="save label numbers (H,W)")
    if labels.ndim != 2 or labels.size == 0 or (frame is not None and labels.shape != frame):
        expected = f"(H,W) = {frame}" if frame else "(H,W)"
        raise ZooError(
            f"parsing {name} has shape {labels.shape}, its image needs {expected}",
            where=where,
            fix="use the label map made from this very image, without cropping or resizing",
        )
    if len(vocabulary) <= VOID:
        labels = np.where(labels == VOID, vocabulary.index("background"), labels)
    _check_labels(labels, vocabulary, name, where)
    return Image.fromarray(labels.astype(np.uint8))


def label_numbers(picture: Image.Image, name: str, where: str) -> np.ndarray:
    """The numbers (H,W) in a grey or palette picture, or in one of channels that are alike."""
    if picture.mode in ("RGB", "RGBA", "LA"):
        channels = np.array(picture.convert("RGB"))
        if (channels == channels[..., :1]).all():
            return np.ascontiguousarray(channels[..., 0])
    if picture.mode not in ("L", "P", "I", "I;16"):
        raise ZooError(
            f"parsing {name} is a picture of mode {picture.mode}, not label numbers",
            where=where,
            fix="save the labels themselves (0, 1, 2 ...) as a grey or palette png, not their colours",
        )
    return np.array(picture)


def _check_labels(labels: np.ndarray, vocabulary: Vocabulary, name: str, where: str) -> None:
    found = np.unique(np.concatenate([np.unique(row) for row in labels]))  # row by row: no copy of a large map
    strange = [int(v) for v in found if not 0 <= v < len(vocabulary)]
    if strange:
        wide = [v.name for v in VOCABULARIES.values() if found.min() >= 0 and found.max() < len(v)]
        raise ZooError(
            f"parsing {name} holds labels {_listed(strange)}; {vocabulary.name} has 0..{len(vocabulary) - 1}",
            where=where,
            fix=f"name its vocabulary ({', '.join(wide)})" if wide else "relabel what is void as background (0 or 255) first",
        )


def _listed(values: list[int]) -> str:
    return ", ".join(map(str, values[:8])) + (" ..." if len(values) > 8 else "")
