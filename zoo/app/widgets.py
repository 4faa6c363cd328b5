"""The page's own components: a photo with a skeleton on it, and a result that says where its points came from."""

import base64
import io
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image

from zoo.app.exhibits import Exhibit
from zoo.app.figures import Figure
from zoo.app.visitors import HERE, Visitor
from zoo.errors import ZooError
from zoo.explain.marks import tinted
from zoo.explain.panels import Cell, Panel, region_keys
from zoo.ops.stature import reach
from zoo.photos.sightings import Skeleton
from zoo.photos.uploads import MEGABYTES
from zoo.regions import vocabulary
from zoo.report.html import join, tag
from zoo.report.strips import panel_markup
from zoo.skeleton import JOINT_NAMES, LIMBS

SHOWN, HIGH = 900, 256  # pixels of the longer side of a picture on the page, and in a panel


def _text(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")


def heading(title: str, note: str) -> gr.HTML:
    """What the page is called, and what to know of it."""
    return _plain(join(tag("h1", title), tag("p", note)), elem_id="head", js_on_load=None)


def stage(title: str, invite: str, *, elem_id: str, editable: bool = False) -> gr.HTML:
    """Takes photos (event `photo`: name, data in base64) and shows one with a skeleton, `editable` or not (event `posed`)."""
    return _plain(
        {}, html_template=_text("stage.html"), js_on_load=_text("stage.js"), css_template=_text("stage.css"), elem_id=elem_id,
        title=title, invite=invite, editable=editable, names=JOINT_NAMES, limbs=LIMBS, megabytes=MEGABYTES,
    )  # fmt: skip


def easel(title: str, *, asked: Callable[..., Any], whole: Callable[..., Any], elem_id: str) -> gr.HTML:
    """Shows a painting; `asked` answers where a point of it came from, `whole` gives the picture to keep."""
    return _plain(
        {}, html_template=_text("easel.html"), js_on_load=_text("easel.js"), css_template=_text("easel.css"), elem_id=elem_id,
        title=title, server_functions=[asked, whole],
    )  # fmt: skip


def panels(elem_id: str) -> gr.HTML:
    """What nets saw, and what the model knows of the motion."""
    return _plain("", css_template=_text("panels.css"), elem_id=elem_id, js_on_load=None)


def _plain(value: Any, **options: Any) -> gr.HTML:
    return gr.HTML(value, apply_default_css=False, **options)


def sent(data: dict[str, Any]) -> tuple[str, bytes]:
    """Name and content of a photo that a page sent."""
    try:
        return str(data["name"]), base64.b64decode(data["data"], validate=True)
    except (KeyError, TypeError, ValueError) as error:
        raise ZooError("no photo arrived", where=HERE, fix="load the page again") from error


def staged(figure: Figure | None, skeleton: Skeleton | None = None, told: str = "") -> dict[str, Any]:
    """A figure's photo with their own skeleton on it, or another one, as a value of a stage."""
    if figure is None:
        return {}
    places, seen = skeleton or figure.subject.skeleton
    joints = [xy if there else None for xy, there in zip(places.tolist(), seen.tolist(), strict=True)]
    height, width = figure.subject.size
    far = reach(*(part[None] for part in figure.subject.skeleton))[0].tolist()
    return {"photo": jpeg(figure.photo), "width": width, "height": height, "joints": joints, "reach": far, "told": told}


def added(visitor: Visitor) -> dict[str, Any]:
    """The latest of the further photos, as a value of a stage."""
    latest = visitor.others[-1] if visitor.others else None
    return staged(latest, told=f"photo {1 + len(visitor.others)} of the person: {latest}")


def numbered(visitor: Visitor) -> Any:
    """The choice among people, where there are several."""
    people = visitor.figure.people if visitor.figure else 0
    number = visitor.figure.number if visitor.figure else None
    return gr.Radio(choices=[n + 1 for n in range(people)], value=number, visible=people > 1)


def worn(visitor: Visitor) -> Any:
    """The choice among what the reference wears."""
    regions = visitor.reference.regions() if visitor.reference else []
    return gr.CheckboxGroup(choices=regions, value=[], visible=bool(regions))


def hung(visitor: Visitor, fault: str = "") -> dict[str, Any]:
    """What was painted, or why nothing was, as a value of an easel."""
    if fault or visitor.painting is None or visitor.figure is None:
        return {"fault": fault}
    image = visitor.painting.image
    pictures = {"image": jpeg(image), "source": jpeg(visitor.figure.photo)}
    return {
        **pictures,
        "width": image.width,
        "height": image.height,
        "key": visitor.key,
        "told": " · ".join(visitor.painting.notes),
    }


def panelled(visitor: Visitor) -> str:
    """What nets saw, and what the model knows, as HTML."""
    if visitor.painting is None:
        return ""
    explained = visitor.painting.explained()
    missing = [tag("li", line) for line in explained.missing]
    return join(
        tag("h2", "What nets see, and what the model knows"),
        tag("div", *(panel_markup(panel, "the page") for panel in (_regions(visitor), *explained.panels)), class_="panels"),
        *([tag("details", tag("summary", "Not exposed"), tag("ul", *missing))] if missing else []),
    )


def _regions(visitor: Visitor) -> Panel:
    """What the parser sees in the photos."""
    read = visitor.others[: len(visitor.painting.outcome.pair.others)] if visitor.painting else ()
    more = {f"photo {i} of the person": one for i, one in enumerate(read, 2)}
    people = {"person": visitor.figure, **more, "the other": visitor.reference}
    seen = {name: one for name, one in people.items() if one}
    words = vocabulary(next(iter(seen.values())).words)
    cells = [Cell(name, np.asarray(_smaller(tinted(one.photo, one.labels, words), HIGH))) for name, one in seen.items()]
    shown = {region for one in seen.values() for region in one.regions()}
    keys = [key for key in region_keys(words) if key.caption in shown]
    return Panel("regions", "Regions", "Seen by a net in the photos; all that is moved or taken over goes by them.",
                 tuple(cells), tuple(keys))  # fmt: skip


def answered(painting: Exhibit, x: float, y: float) -> dict[str, Any]:
    """Where a point of a painting came from."""
    found = painting.origins(x, y)
    points = [{"by": one.by, "way": one.way, "x": one.x, "y": one.y} for one in found]
    looked = next((one.looked for one in found if one.looked is not None), None)
    return {"points": points, "heat": None if looked is None else jpeg(painting.glowing(looked))}


def jpeg(picture: Image.Image) -> str:
    """A picture to look at, as a data URI."""
    return _uri(_smaller(picture, SHOWN), "JPEG", quality=90)


def png(picture: Image.Image) -> str:
    """A picture to keep, as a data URI."""
    return _uri(picture, "PNG")


def _smaller(picture: Image.Image, side: int) -> Image.Image:
    picture = picture.copy()
    picture.thumbnail((side, side))
    return picture


def _uri(picture: Image.Image, form: str, **options: Any) -> str:
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return f"data:image/{form.lower()};base64,{base64.b64encode(buffer.getvalue()).decode()}"
