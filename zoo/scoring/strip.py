"""Pairs as one picture: a row per pair, source, target pose, output and truth side by side. Imports no torch."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from zoo.documents.files import write_atomically

if TYPE_CHECKING:
    from zoo.explain import Picture
    from zoo.scoring.samples import Sample

GAP, WHITE = 4, 255
TALL = 128  # pixels: lower pictures are enlarged by a whole number to about this


def strip(rows: "Sequence[Sequence[Picture | None]]") -> bytes:
    """A PNG of rows of pictures (H,W,3) uint8 of one size; where there is none the place stays white."""
    from PIL import Image

    buffer = io.BytesIO()
    whole = _stacked([_stacked([_tall(picture) for picture in _filled(row)], axis=1) for row in rows], axis=0)
    Image.fromarray(whole).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _filled(row: "Sequence[Picture | None]") -> "list[Picture]":
    shape = next(picture.shape for picture in row if picture is not None)
    return [np.full(shape, WHITE, np.uint8) if picture is None else picture for picture in row]


def _tall(picture: "Picture") -> "Picture":
    times = max(1, round(TALL / picture.shape[0]))
    return picture.repeat(times, axis=0).repeat(times, axis=1)


def _stacked(pictures: "Sequence[Picture]", axis: int) -> "Picture":
    width = [(0, 0)] * 3
    width[axis] = (0, GAP)
    padded = [np.pad(p, width, constant_values=WHITE) for p in pictures[:-1]]
    return np.concatenate([*padded, pictures[-1]], axis=axis)


def write_strip(path: Path, samples: "Sequence[Sample]") -> None:
    """Write samples as PNG; a reader sees the old picture or the whole new one."""
    write_atomically(path, strip([[s.source, s.pose, s.output, s.truth] for s in samples]))
