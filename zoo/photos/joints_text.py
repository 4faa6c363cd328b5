"""Joints in text: rows of annotation files, tables of x and y, candidate files."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from zoo.documents.reading import read_bounded
from zoo.errors import ZooError
from zoo.photos.sightings import MALFORMED, not_understood
from zoo.skeleton import JOINTS

LARGEST = 1 << 28  # bytes: COCO's own keypoints of 2017 take 239 MB
_LIST = r"""["']?(\[[^]]*\])["']?"""
_ROW = re.compile(rf"""\s*"?(.*?)"?\s*[:;,\t]\s*{_LIST}\s*[:;,\t]\s*{_LIST}[\s,;:]*""")  # spreadsheets leave commas behind


class Row(NamedTuple):
    """A line of an annotation file: the image's name as it is written, and its joints (J,3): x, y, 0 where one is missing."""

    name: str
    points: Tensor


def annotation_rows(text: str, path: Path) -> Iterator[Row]:
    """The rows `name:keypoints_y:keypoints_x` of PATN, also with `;`, `,` or a tab between; a header may turn x and y round.

    ZooError for a line that is none.
    """
    x_first = False
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip(" ,;:\t"):
            continue
        if "keypoints_" in line and "[" not in line:
            x_first = line.find("keypoints_x") < line.find("keypoints_y")
            continue
        try:
            name, *lists = _ROW.fullmatch(line).groups()  # type: ignore[union-attr]  # None has no groups: MALFORMED
            first, second = (torch.tensor(json.loads(numbers), dtype=torch.float32) for numbers in lists)
            points = torch.stack((first, second) if x_first else (second, first), 1)
        except MALFORMED as error:
            raise not_understood(path, f"in line {number} {line.strip()[:60]!r}") from error
        yield Row(name.strip(), torch.cat([points, (points != -1).all(1, keepdim=True)], 1))


def table(text: str) -> Tensor:
    """Lines `x y` or `x y confidence` of numbers, as (J,2) or (J,3)."""
    return torch.from_numpy(np.loadtxt(re.sub("[,;\t]", " ", text).splitlines(), ndmin=2)).float()


def is_table(text: str) -> bool:
    """Whether the first line is nothing but numbers."""
    return bool(re.match(r"\s*[-+.\d][-+.\de]*([ \t,;]+[-+.\d][-+.\dena]*){1,2}[ \t,;]*(\r?\n|$)", text))


def candidates(path: Path) -> list[Tensor]:
    """Everybody in a pair of files: candidates x, y, score; subset rows with 18 candidate numbers per person, -1 missing."""
    subset = path.with_name(path.name.replace("_candidate.txt", "_subset.txt"))
    try:
        points, people = (np.loadtxt(read_text(p).splitlines(), ndmin=2) for p in (path, subset))
        rows = torch.from_numpy(people[:, :JOINTS]).long()
        found = torch.from_numpy(points[:, :3]).float()[rows.clamp_min(0)]
        return list(found * (rows >= 0)[..., None])
    except MALFORMED as error:
        raise not_understood(path, "no candidates x y score with a subset file of their numbers") from error


def read_text(path: Path) -> str:
    """A text file of joints in UTF-8, or a ZooError."""
    try:
        return read_bounded(path, LARGEST).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ZooError(f"cannot read {path.name}: {error}", where=str(path), fix="give a text file of joints") from error
