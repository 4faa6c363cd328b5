"""`zoo app`: the page in a browser."""

from threading import Event
from typing import Annotated

import typer

from zoo.cli.asking import MODEL, asking
from zoo.cli.output import say, show
from zoo.errors import ZooError
from zoo.recipes.request import Request

PORT = 7860


@asking(*MODEL, of_photos=True)
def command(
    request: Request,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where the page answers; 0 takes a free one.")] = PORT,
) -> None:
    """Show a page on which a person is put into another pose: photos are dropped, joints are dragged.

    The recipe is the first that the page offers, before those with shipped weights for photographs. The page answers on this
    machine alone, keeps nothing and asks nobody else for anything. Needs pip install 'posezoo[app]'.
    """
    try:
        import gradio  # noqa: F401
    except ImportError as error:
        fix = "pip install 'posezoo[app]'"
        raise ZooError("the page needs Gradio, which is not installed", where="zoo app", fix=fix) from error
    from zoo.app.serving import served
    from zoo.app.visitors import Workshop
    from zoo.ops.memory import kept_memory

    workshop = Workshop(request)
    workshop.open_up()
    with kept_memory(), served(workshop, port) as address:
        show(address)
        say("stop it with Ctrl-C")
        Event().wait()
