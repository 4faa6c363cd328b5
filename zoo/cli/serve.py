"""`zoo serve`: transfers over HTTP, on this machine alone."""

from typing import Annotated

import typer

from zoo.cli.asking import MODEL, asking
from zoo.cli.output import say, show
from zoo.errors import ZooError
from zoo.recipes.request import Request

Port = Annotated[int, typer.Option(min=0, max=65535, help="Where it answers; 0 takes a free one.")]
Batch = Annotated[int, typer.Option(min=1, max=256, help="Transfers that the model makes at once.")]
Room = Annotated[int, typer.Option(min=1, max=10_000, help="Requests that may wait; of more each is told to come back (503).")]
Seconds = Annotated[float, typer.Option("--time-limit", min=1, help="Seconds until an answer; then it is given up (504).")]


@asking(*MODEL, of_photos=True)
def command(request: Request, port: Port = 7861, batch: Batch = 4, room: Room = 32, seconds: Seconds = 60.0) -> None:
    """Put people into poses over HTTP: POST /transfer with the files source and pose gives a PNG; GET /health.

    A recipe that reads several photos of a person takes the further ones as files called others, as zoo transfer --others.
    Requests wait in a queue and are painted in batches by one model. The service answers on this machine alone and keeps
    nothing. Told to stop it answers what it has taken. Needs pip install 'posezoo[serve]'.
    """
    try:
        import fastapi  # noqa: F401
        import python_multipart  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        fix = "pip install 'posezoo[serve]'"
        raise ZooError(f"the service needs {error.name}, which is not installed", where="zoo serve", fix=fix) from error
    from zoo.api.loading import pipeline
    from zoo.ops.memory import kept_memory
    from zoo.serving.http import HOST, Limits, build_service
    from zoo.serving.painting import Paints
    from zoo.serving.process import listening, server_of
    from zoo.serving.queue import BatchQueue

    at, model = listening(port), pipeline(request)
    for note in model.notes:
        say(f"warning: {note}")
    about = {
        "recipe": model.recipe.name, "variant": model.recipe.variant, "track": model.track.name,
        "weights": model.weights.sha256, "device": str(model.device), "photos": model.recipe.sources,
    }  # fmt: skip
    service = build_service(BatchQueue(Paints(model), batch, room), about, Limits(seconds, photos=model.recipe.sources))
    show(f"http://{HOST}:{at.getsockname()[1]}")
    say("stop it with Ctrl-C")
    with kept_memory():
        server_of(service).run(sockets=[at])
