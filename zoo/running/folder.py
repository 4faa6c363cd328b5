"""The run's folder is its own: nobody else works in it, and nobody's scores are written over."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zoo.documents.files import require_writable, sweep
from zoo.documents.voice import leads
from zoo.recipes.recipe import Recipe
from zoo.recipes.request import Request, results_folder
from zoo.recipes.track import Track
from zoo.results.folder import require_own_record
from zoo.store.folder import clear, occupied, require_room
from zoo.training import processes
from zoo.training.tracking import require_tracker


@contextmanager
def claimed(request: Request, folder: Path, *, trains: bool) -> Iterator[None]:
    """The run's folder is its own, and what it will write there can be written, before anything is built.

    Of several processes the leading one sees to it, for all.
    """
    require_tracker(request.track_with)
    if not leads():
        yield
        return
    with occupied(folder):
        require_writable(results_folder(request))
        sweep(results_folder(request))
        if trains and request.force:
            clear(folder)
        elif trains:
            require_room(folder, resume=request.resume)
        yield


def keep_scores_of_others(
    request: Request, recipe: Recipe, track: Track, folder: Path, seed: int, parameters: str | None = None
) -> None:
    """ZooError where scoring would overwrite another run's scores; `parameters` are this one's, where they are known."""
    if not request.force:
        processes.on_main(lambda: require_own_record(folder, track.digest(), recipe.digest(), seed, parameters))
