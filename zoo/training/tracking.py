"""A training told to a tracker as well: TensorBoard, trackio, W&B or MLflow, through Accelerate. log.jsonl is always there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from zoo.documents.voice import tell
from zoo.errors import ZooError
from zoo.recipes.request import Tracker
from zoo.store.folder import TENSORBOARD

PROJECT = "posezoo"  # under which trackers gather runs


@dataclass(frozen=True)
class Telling:
    """Who is told of a training besides log.jsonl, and how often pictures of fixed pairs are painted."""

    tracker: Tracker | None = None
    settings: Mapping[str, str | int] = field(default_factory=dict)  # what the tracker is told of the run at first
    every: int | None = None  # steps between pictures
    paint: Callable[[int], Path | None] = lambda step: None  # a picture's file at a step; None where it could not be made

    def due(self, step: int, last: int) -> bool:
        """Whether it is time for a picture: every so many steps, and after the last."""
        return self.every is not None and (step % self.every == 0 or step == last)


NOBODY = Telling()


def require_tracker(name: Tracker | None) -> None:
    """ZooError where its package is not installed, with the command that does it. Imports nothing of it."""
    if name is not None and find_spec(name) is None:
        package = "'posezoo[track]'" if name == "tensorboard" else name
        what = f"{name} is not installed"
        raise ZooError(what, where=f"--track-with {name}", fix=f"pip install {package}, or leave the option out", exit_code=2)


class Board:
    """What a tracker is told of one run. Once it fails it is told no more: training goes on without."""

    def __init__(self, name: Tracker, folder: Path, settings: Mapping[str, str | int], done: int) -> None:
        """Begin, or go on after step `done`. ZooError where the package or the tracker itself does not work."""
        from accelerate.tracking import LOGGER_TYPE_TO_CLASS

        require_tracker(name)
        self.name, self._works = name, True
        given: dict[Tracker, dict[str, Any]] = {
            "tensorboard": {"logging_dir": str(folder), "purge_step": done + 1},
            "trackio": {"name": folder.name},
            "wandb": {"name": folder.name, "dir": str(folder)},
            "mlflow": {"run_name": folder.name},
        }
        try:
            self._tracker = LOGGER_TYPE_TO_CLASS[name](TENSORBOARD if name == "tensorboard" else PROJECT, **given[name])
            self._tracker.start()
            if name != "tensorboard":  # whose settings would be a folder of their own at every start
                self._tracker.store_init_configuration(dict(settings))
        except Exception as error:  # whatever a service or its client may raise
            what = f"{name} does not work: {str(error)[:200] or type(error).__name__}"
            raise ZooError(what, where=f"--track-with {name}", fix="mend it, or leave the option out") from error

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Numbers by their names."""
        self._tell(lambda: self._tracker.log(dict(values), step=step))

    def show(self, picture: Path, step: int) -> None:
        """A picture of samples."""
        self._tell(lambda: self._show(picture, step))

    def _show(self, picture: Path, step: int) -> None:
        if self.name == "mlflow":
            self._tracker.log_artifact(str(picture), "samples")
            return
        import numpy as np
        from PIL import Image

        with Image.open(picture) as image:
            pixels = np.asarray(image)
        if self.name == "trackio":
            import trackio

            self._tracker.log({"samples": trackio.Image(pixels)}, step=step)
        elif self.name == "tensorboard":
            self._tracker.log_images({"samples": pixels[None]}, step=step, dataformats="NHWC")
        else:
            self._tracker.log_images({"samples": [pixels]}, step=step)

    def close(self) -> None:
        """The end of the run."""
        self._tell(self._tracker.finish)

    def _tell(self, what: Callable[[], object]) -> None:
        if not self._works:
            return
        try:
            what()
        except Exception as error:  # what was trained matters more than what is told of it
            self._works = False
            tell(f"warning: {self.name} is told no more, training goes on: {str(error)[:200] or type(error).__name__}")
