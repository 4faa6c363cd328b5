"""Sample pairs as one picture: a row per pair, source, target pose, output and truth side by side."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from zoo.documents.files import write_atomically
from zoo.explain import Picture
from zoo.scoring.samples import Sample

GAP, WHITE = 4, 255
TALL = 128  # pixels: lower pictures are enlarged by a whole number to about this


def strip(samples: Sequence[Sample]) -> Picture:
    """(rows, columns, 3) uint8; where there is no truth the last place stays white."""
    return _stacked([_stacked([_tall(picture) for picture in _row(sample)], axis=1) for sample in samples], axis=0)


def _row(sample: Sample) -> list[Picture]:
    truth = np.full_like(sample.source, WHITE) if sample.truth is None else sample.truth
    return [sample.source, sample.pose, sample.output, truth]


def _tall(picture: Picture) -> Picture:
    times = max(1, round(TALL / picture.shape[0]))
    return picture.repeat(times, axis=0).repeat(times, axis=1)


def _stacked(pictures: Sequence[Picture], axis: int) -> Picture:
    width = [(0, 0)] * 3
    width[axis] = (0, GAP)
    padded = [np.pad(p, width, constant_values=WHITE) for p in pictures[:-1]]
    return np.concatenate([*padded, pictures[-1]], axis=axis)


def write_strip(path: Path, samples: Sequence[Sample]) -> None:
    """Write the strip as PNG; a reader sees the old picture or the whole new one."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(strip(samples)).save(buffer, "PNG", optimize=True)
    write_atomically(path, buffer.getvalue())
