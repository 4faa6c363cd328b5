"""Pictures of pairs, side by side, as data inside the page."""

import base64
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zoo.report.html import Markup, join, tag

if TYPE_CHECKING:
    from zoo.scoring.samples import Picture, Sample

LABELS = {
    "source": "source",
    "pose": "target pose",
    "output": "output",
    "truth": "truth",
    "motion": "moved source",
}


@dataclass(frozen=True)
class Strip:
    """What one run painted for a few pairs."""

    title: str
    samples: "list[Sample]"


def strips_section(strips: Iterable[Strip]) -> Markup:
    """A heading and a grid of samples per run."""
    return join(*map(_strip, strips))


def _strip(strip: Strip) -> Markup:
    note = "Moved source: the source photo, moved by the correlation or flow the model itself believes in."
    moved = any(sample.motion is not None for sample in strip.samples)
    pictures = tag("div", *map(_sample, strip.samples), class_="strips")
    return tag("section", tag("h2", strip.title), *([tag("p", note, class_="note")] if moved else []), pictures)


def _sample(sample: "Sample") -> Markup:
    pictures = {name: getattr(sample, name) for name in LABELS}
    cells = [_picture(LABELS[name], sample.name, p) for name, p in pictures.items() if p is not None]
    return tag("figure", tag("div", *cells, class_="strip"), tag("figcaption", sample.name))


def _picture(label: str, name: str, picture: "Picture") -> Markup:
    height, width = picture.shape[:2]
    image = tag("img", src=png_uri(picture), alt=f"{label} of {name}", width=width, height=height)
    return tag("div", image, tag("small", label))


def png_uri(picture: "Picture") -> str:
    """A (H,W,3) uint8 picture as a data URI."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
