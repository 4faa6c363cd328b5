"""A few people of a data set as models see them: skeleton, regions, and the frame of the stored picture."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw

from zoo.data.opening import Opened
from zoo.data.survey import SPLITS
from zoo.explain.colours import label_colours, labelled
from zoo.explain.marks import FRAME, Picture, draw_skeleton, enlarged
from zoo.explain.panels import Cell, Panel, region_keys
from zoo.explain.sheets import write_sheet
from zoo.interfaces import Dataset, Framing
from zoo.ops.image import to_uint8
from zoo.regions import Vocabulary, vocabulary
from zoo.types import Person

SHOWN = 24  # images
TINT = 0.6  # of a region's colour
CUT = "#9aa3ab"  # what lies outside the canvas


def write_data_sheet(path: Path, opened: Opened) -> None:
    """Write at most `SHOWN` images, spread evenly over both splits."""
    words, frames = vocabulary(opened.data.vocabulary), opened.data.report().frames
    shown = [(_person(opened.data, split, image), split, frames.get(image)) for split, image in _chosen(opened)]
    cells = tuple(Cell(_told(name, split, frame), _pictured(person, frame, words)) for (name, person), split, frame in shown)
    keys = region_keys(words) if any(person.parsing is not None for (_, person), _, _ in shown) else ()
    note = (
        f"{len(cells)} images as models see them, at {opened.size[0]}x{opened.size[1]}. The person's left is drawn blue, the "
        "right orange; the frame is the stored picture's, and what it has in grey is cut off. See that joints lie on their "
        "limbs, no side is swapped, and clothes and limbs have their colours."
    )
    write_sheet(path, Panel("sheet", opened.name, note, cells, keys))


def _chosen(opened: Opened) -> list[tuple[str, int]]:
    every = {image: split for split in SPLITS for group in opened.data.groups(split) for image in group}
    images = sorted(every)
    count = min(SHOWN, len(images))
    return [(every[images[i * len(images) // count]], images[i * len(images) // count]) for i in range(count)]


def _person(data: Dataset, split: str, image: int) -> tuple[str, Person]:
    index = torch.tensor([image])
    pair = data.load(split, index, index)
    return pair.names[0].partition("->")[0] if pair.names else str(image), pair.source


def _told(name: str, split: str, frame: Framing | None) -> str:
    return f"{name} ({split}, stored {frame.stored[0]}x{frame.stored[1]})" if frame else f"{name} ({split})"


def _pictured(person: Person, frame: Framing | None, words: Vocabulary) -> Picture:
    """The image with skeleton and frame, beside its regions if there are any."""
    assert person.image is not None, "a source has an image"
    canvas = enlarged(to_uint8(person.image[0]).movedim(0, -1).numpy())
    times = canvas.height / person.size[0]
    points = [((x + 0.5) * times, (y + 0.5) * times) for x, y in person.joints[0].tolist()]
    plain = canvas.copy()
    draw_skeleton(canvas, points, person.visible[0].tolist())
    pictures = [_framed(canvas, frame, times)]
    if person.parsing is not None:
        colours = (labelled(person.parsing[0].argmax(0), label_colours(words.labels)) * 255).byte().movedim(0, -1).numpy()
        pictures.append(_framed(Image.blend(plain, enlarged(colours), TINT), frame, times))
    return np.concatenate([np.asarray(picture) for picture in pictures], 1)


def _framed(canvas: Image.Image, frame: Framing | None, times: float) -> Image.Image:
    """The canvas with the outline of the stored picture; where that is the larger one, on a sheet that holds it."""
    if frame is None:
        return canvas
    top, left = (round(v * times) for v in frame.corner)
    bottom, right = top + round(frame.inner[0] * times), left + round(frame.inner[1] * times)
    above, before = max(-top, 0), max(-left, 0)
    whole = Image.new("RGB", (before + max(canvas.width, right), above + max(canvas.height, bottom)), CUT)
    whole.paste(canvas, (before, above))
    ImageDraw.Draw(whole).rectangle(
        (left + before, top + above, right + before - 1, bottom + above - 1), outline=FRAME, width=2
    )
    return whole
