"""Pictures of the same few test pairs while a model is trained."""

from collections.abc import Callable
from pathlib import Path

from zoo.documents.voice import tell
from zoo.errors import ZooError
from zoo.model import Kit
from zoo.recipes.track import Track
from zoo.scoring.scorer import samples_of
from zoo.scoring.strip import write_strip
from zoo.store.folder import SAMPLES


def painter(kit: Kit, track: Track, folder: Path) -> Callable[[int], Path | None]:
    """At a step, `samples/step-000200.png` in the run's folder: the first pairs that the report will show.

    The model is as it was afterwards. What it cannot paint yet, or a full disk, is told and ends nothing.
    """

    def paint(step: int) -> Path | None:
        path = folder / SAMPLES / f"step-{step:06d}.png"
        try:
            write_strip(path, samples_of(kit.model, kit, track))
        except ZooError as error:
            tell(f"warning: no samples of step {step}: {error.what}")
            return None
        return path

    return paint
