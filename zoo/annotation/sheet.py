"""Annotated photos to look at: the skeleton on the photo, the regions over it, the least sure first."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from zoo.annotation.files import Found, joints_file, regions_file
from zoo.explain.marks import draw_skeleton, tinted
from zoo.explain.panels import Cell, Panel, region_keys
from zoo.explain.sheets import write_sheet
from zoo.photos import open_photo, photo_size, read_joints, read_labels
from zoo.regions import vocabulary

HEIGHT = 192  # pixels of a photo
MOST = 60  # photos


def write_contact_sheet(path: Path, root: Path, out: Path, found: Mapping[str, Found]) -> None:
    """Of at most `MOST` photos: what was seen in them, and how sure."""
    order = sorted(found, key=lambda name: found[name].joints_sure + found[name].regions_sure)[:MOST]
    cells = tuple(Cell(f"{name}: {found[name]}", _pictured(root, out, name, found[name])) for name in order)
    words = vocabulary(next(iter(found.values())).vocabulary)
    note = (
        f"{len(order)} of {len(found)} photos, the least sure first. The person's left is drawn blue, the right orange. "
        "See that no side is swapped, and that clothes and limbs have their colours."
    )
    write_sheet(path, Panel("sheet", "Joints and regions", note, cells, region_keys(words)))


def _pictured(root: Path, out: Path, name: str, found: Found) -> np.ndarray:
    """The photo with its skeleton beside the photo with its regions."""
    frame = photo_size(root / name)
    size = (max(1, round(frame[1] * HEIGHT / frame[0])), HEIGHT)
    photo = open_photo(root / name).resize(size, Image.Resampling.BICUBIC)
    words = vocabulary(found.vocabulary)
    labels = read_labels(regions_file(out, name), words, frame).resize(size, Image.Resampling.NEAREST)
    regions = tinted(photo, labels, words)
    _draw(photo, out, name, frame)
    return np.concatenate([np.asarray(photo), np.asarray(regions)], 1)


def _draw(photo: Image.Image, out: Path, name: str, frame: tuple[int, int]) -> None:
    joints, visible = read_joints(joints_file(out, name), frame=frame, notice=lambda text: None)
    points = [(x * photo.width / frame[1], y * photo.height / frame[0]) for x, y in joints.tolist()]
    draw_skeleton(photo, points, visible.tolist())
