"""The page: what is on it, and what happens on it."""

import traceback
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from zoo.app.visitors import Visitor, Workshop
from zoo.app.widgets import added, answered, easel, heading, hung, numbered, panelled, panels, png, sent, stage, staged, worn
from zoo.errors import ZooError, told

TITLE = "A person in another pose"
NOTE = "Nets see joints and regions in your photos. Everything stays on this machine, and nothing is kept."

Act = Callable[[Visitor, dict[str, Any]], None]
Shown = dict[Any, Any]  # values by component


def build_page(workshop: Workshop) -> gr.Blocks:
    """The page on top of a workshop. What visitors hand over is forgotten when they leave."""
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as page:
        with gr.Row(elem_id="top"):
            heading(TITLE, NOTE)
            recipe = gr.Dropdown(list(workshop.offered), label="Recipe", min_width=300, scale=0, elem_id="recipe")
        with gr.Row(elem_id="desk"):
            with gr.Column(min_width=300):
                person = stage("Person", "Drop a photo of a person, or click to choose one", elem_id="person")
                number = gr.Radio([], label="Which person of the photo", visible=False, interactive=True, elem_id="number")
                with gr.Column(elem_classes=_shown(workshop, next(iter(workshop.offered)))) as album:
                    more = stage("More photos of the person", "Drop another photo of the same person", elem_id="others")
                    alone = gr.Button("The first photo alone", size="sm", elem_id="alone")
                example = gr.Button("Try the example", size="sm", visible=bool(workshop.example), elem_id="example")
            with gr.Column(min_width=300):
                pose = stage("Pose", "Drop a photo of a pose, or drag the joints", editable=True, elem_id="pose")
                again = gr.Button("Back to their own pose", size="sm", elem_id="again")
            with gr.Column(min_width=300):
                result = easel("Result", asked=_asked(workshop), whole=_whole(workshop), elem_id="result")
        with gr.Row(elem_id="more"):
            with gr.Column(min_width=300):
                other = stage("Clothes of another", "Drop a photo of somebody who wears them", elem_id="reference")
                swap = gr.CheckboxGroup([], label="What to take over", visible=False, elem_id="swap")
            with gr.Column(min_width=300, scale=2):
                known = panels(elem_id="panels")
        shows: dict[Any, Callable[[Visitor], Any]] = {
            person: lambda visitor: staged(visitor.figure, told=str(visitor.figure)),
            pose: lambda visitor: staged(visitor.figure, visitor.pose),
            other: lambda visitor: staged(visitor.reference, told=str(visitor.reference)),
            number: numbered,
            more: added,
            swap: worn,
        }

        def when(event: Callable[..., Any], act: Act, *parts: Any) -> None:
            """Act for the visitor, show the parts that it changes, the first with what went wrong, then paint."""

            def listen(name: str, regions: list[str], event: gr.EventData, request: gr.Request) -> Iterator[Shown]:
                visitor = workshop.visitor(str(request.session_hash))
                fault = _attempted(lambda: act(visitor, {**(event._data or {}), "recipe": name}))
                if parts:
                    values = {part: shows[part](visitor) for part in parts}
                    yield {**values, parts[0]: {**values[parts[0]], "fault": fault}} if fault else values
                if visitor.figure and not (fault and parts):
                    fault = fault or _attempted(lambda: visitor.paint(workshop.model(name), regions))
                    yield {result: hung(visitor, fault), known: panelled(visitor)}

            event(listen, [recipe, swap], [*parts, result, known], trigger_mode="always_last", concurrency_id="nets",
                  show_progress="minimal")  # fmt: skip

        when(person.photo, lambda visitor, data: visitor.welcome(workshop.look(*sent(data))), person, number, pose, more)
        when(number.select, lambda visitor, data: workshop.show_another(visitor, data["value"]), person, pose, more)
        when(example.click, lambda visitor, data: workshop.show_example(visitor), person, number, pose, more)
        when(more.photo, lambda visitor, data: visitor.add(workshop.look(*sent(data)), workshop.recipe(data["recipe"])), more)
        when(alone.click, lambda visitor, data: visitor.leave_out(), more)
        when(pose.photo, lambda visitor, data: visitor.take_pose(workshop.look(*sent(data))), pose)
        when(pose.posed, lambda visitor, data: visitor.set_pose(data["joints"]))  # the page shows it already
        when(again.click, lambda visitor, data: visitor.stand_as_before(), pose)
        when(other.photo, lambda visitor, data: visitor.dress(workshop.look(*sent(data))), other, swap)
        for picked in (recipe.input, swap.input):
            when(picked, lambda visitor, data: None)
        recipe.input(lambda name: gr.Column(elem_classes=_shown(workshop, name)), recipe, album, show_progress="hidden")
        page.unload(_forgetting(workshop))
    return page


def _attempted(act: Callable[[], object]) -> str:
    """What went wrong, where, and the mend, a line each, if anything did."""
    try:
        act()
    except ZooError as error:
        return error.spoken
    except Exception as error:  # a page that says nothing would wait for ever
        traceback.print_exc()
        fix = "the terminal that zoo app runs in shows the traceback"
        return ZooError(told(error), where="an unexpected failure inside zoo or a plugin", fix=fix).spoken
    return ""


def _shown(workshop: Workshop, name: str) -> list[str]:
    """The class that hides what asks for more photos of the person, where the recipe reads one.

    What Gradio itself makes invisible is not on the page, and its script fails when it comes.
    """
    return [] if workshop.recipe(name).sources > 1 else ["absent"]


def _asked(workshop: Workshop) -> Callable[[dict[str, Any]], dict[str, Any] | None]:
    def asked(point: dict[str, Any]) -> dict[str, Any] | None:
        painting = workshop.painting(str(point["key"]))
        return answered(painting, float(point["x"]), float(point["y"])) if painting else None

    return asked


def _whole(workshop: Workshop) -> Callable[[dict[str, Any]], str]:
    def whole(picture: dict[str, Any]) -> str:
        painting = workshop.painting(str(picture["key"]))
        return png(painting.image) if painting else ""

    return whole


def _forgetting(workshop: Workshop) -> Callable[[gr.Request], None]:
    def forget(request: gr.Request) -> None:
        workshop.forget(str(request.session_hash))

    return forget
