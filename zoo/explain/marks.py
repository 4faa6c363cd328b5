"""Marks drawn on pictures, which are enlarged by whole numbers first so that the marks are fine."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from zoo.explain.colours import label_colours, labelled
from zoo.explain.points import Point, Size
from zoo.regions import Vocabulary
from zoo.skeleton import JOINT_NAMES, LIMBS

Picture = NDArray[np.uint8]  # (H,W,3)
SHARP = 192  # pixels: the smallest height to draw on
TINT = 0.6  # of a region's colour
INK, FRAME = "#1d2125", "#00e5c8"
SIDES = {"l": "#2979ff", "r": "#ff6d00"}  # the person's left and right; what is neither is white


def spots(picture: Picture, points: Sequence[Point]) -> Picture:
    """A dot in its colour at every point."""
    canvas = enlarged(picture)
    times, draw = canvas.height / picture.shape[0], ImageDraw.Draw(canvas)
    for point in points:
        x, y = ((v + 0.5) * times for v in (point.x, point.y))
        draw.ellipse((x - 5, y - 5, x + 5, y + 5), fill=point.colour, outline="white", width=2)
    return np.asarray(canvas)


def ring(picture: Picture, point: Point, cell: int, grid: Size) -> Picture:
    """A ring in the colour of `point` round a cell of `grid` (h,w), counted row by row."""
    canvas = enlarged(picture)
    left, top, right, bottom = _box(canvas, cell, grid)
    x, y, draw = (left + right) / 2, (top + bottom) / 2, ImageDraw.Draw(canvas)
    draw.ellipse((x - 10, y - 10, x + 10, y + 10), outline="white", width=4)
    draw.ellipse((x - 9, y - 9, x + 9, y + 9), outline=point.colour, width=2)
    return np.asarray(canvas)


def frame(picture: Picture, cell: int, grid: Size) -> Picture:
    """A frame round a cell of `grid` (h,w), counted row by row."""
    canvas = enlarged(picture)
    left, top, right, bottom = map(round, _box(canvas, cell, grid))
    ImageDraw.Draw(canvas).rectangle((left, top, right - 1, bottom - 1), outline=FRAME, width=3)
    return np.asarray(canvas)


def compass(wheel: Picture) -> Picture:
    """The colour wheel with its directions written round it."""
    canvas, font = Image.new("RGB", (SHARP, SHARP), "white"), ImageFont.load_default(14)
    canvas.paste(Image.fromarray(wheel), ((SHARP - wheel.shape[1]) // 2, (SHARP - wheel.shape[0]) // 2))
    draw = ImageDraw.Draw(canvas)
    for word, x, y in (("up", 0.5, 0.1), ("down", 0.5, 0.9), ("left", 0.09, 0.5), ("right", 0.9, 0.5)):
        draw.text((x * SHARP, y * SHARP), word, INK, font, anchor="mm")
    return np.asarray(canvas)


def draw_skeleton(canvas: Image.Image, points: Sequence[tuple[float, float]], visible: Sequence[bool]) -> None:
    """The limbs between visible joints, 18 (x, y) in pixels of the canvas: the person's left blue, the right orange."""
    draw = ImageDraw.Draw(canvas)
    for a, b in LIMBS:
        if visible[a] and visible[b]:
            draw.line((*points[a], *points[b]), SIDES.get(JOINT_NAMES[b].partition("_")[0], "white"), 2)


def tinted(photo: Image.Image, labels: Image.Image, words: Vocabulary) -> Image.Image:
    """The photo with its labels, mode L and of its size, as colours over it."""
    colours = labelled(torch.from_numpy(np.array(labels)).long(), label_colours(words.labels))
    return Image.blend(photo, Image.fromarray((colours * 255).byte().movedim(0, -1).numpy()), TINT)


def enlarged(picture: Picture, height: int = SHARP) -> Image.Image:
    """`picture` at least `height` pixels high, every pixel a square."""
    times = max(1, -(-height // picture.shape[0]))
    return Image.fromarray(picture.repeat(times, 0).repeat(times, 1))


def _box(canvas: Image.Image, cell: int, grid: Size) -> tuple[float, float, float, float]:
    row, column = divmod(cell, grid[1])
    width, height = canvas.width / grid[1], canvas.height / grid[0]
    return column * width, row * height, (column + 1) * width, (row + 1) * height
