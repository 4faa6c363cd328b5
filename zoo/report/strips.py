"""Pictures of pairs, side by side, as data inside the page."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zoo.report.html import Markup, join, tag
from zoo.results.pictures import COARSE, png

if TYPE_CHECKING:
    from zoo.explain import Cell, Panel, Picture
    from zoo.scoring.samples import Sample

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
    panels = [_panels(sample)] if sample.panels else []
    return tag("figure", tag("div", *cells, class_="strip"), tag("figcaption", sample.name), *panels)


def _picture(label: str, name: str, picture: "Picture") -> Markup:
    height, width = picture.shape[:2]
    image = tag("img", src=png_uri(picture), alt=f"{label} of {name}", width=width, height=height)
    return tag("div", image, tag("small", label))


def _panels(sample: "Sample") -> Markup:
    panels = [panel_markup(panel, sample.name) for panel in sample.panels]
    return tag("details", tag("summary", "What the model goes by"), *panels)


def panel_markup(panel: "Panel", name: str) -> Markup:
    """A panel of what `name` shows: title, note, pictures, legend."""
    cells = [_cell(cell, f"{panel.title} of {name}: {cell.caption}") for cell in panel.cells]
    keys = [tag("span", _image(key, ""), " ", key.caption) for key in panel.keys]
    return tag(
        "div",
        tag("h3", panel.title),
        tag("small", panel.note),
        tag("div", *cells, class_="cells"),
        *([tag("small", *keys, class_="keys")] if keys else []),
    )


def _cell(cell: "Cell", alt: str) -> Markup:
    return tag("div", _image(cell, alt), tag("small", cell.caption))


def _image(cell: "Cell", alt: str) -> Markup:
    height, width = cell.picture.shape[:2]
    coarse = height < COARSE
    source = png_uri(cell.picture, exact=coarse)
    return tag("img", src=source, alt=alt, width=width, height=height, class_="pixels" if coarse else None)


def png_uri(picture: "Picture", *, exact: bool = True) -> str:
    """A (H,W,3) uint8 picture as a data URI."""
    return f"data:image/png;base64,{png(picture, exact=exact)}"
