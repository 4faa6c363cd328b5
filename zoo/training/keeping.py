"""What a run keeps in its folder: its checkpoint, written by steps and by time, and the seconds it has trained."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from zoo.documents.files import require_space
from zoo.documents.voice import tell
from zoo.errors import ZooError
from zoo.recipes.request import Every
from zoo.store.checkpoint import Checkpoint
from zoo.store.folder import CHECKPOINT
from zoo.store.tensors import State
from zoo.training import processes
from zoo.training.times import read_seconds, write_seconds


@dataclass
class Keeper:
    """The checkpoints of one run; the main process writes them, and all wait for it."""

    folder: Path
    steps: int  # of the whole run
    every: Every
    identity: Mapping[str, str | int]  # what must be equal for a run to go on from a checkpoint
    saved: int = 0  # the step of the last checkpoint
    tried: int = 0  # the step of the last attempt at one
    began: float = field(default_factory=time.monotonic)  # as if the run had never been interrupted
    wrote: float = field(default_factory=time.monotonic)

    @property
    def path(self) -> Path:
        """Where the checkpoint lies."""
        return self.folder / CHECKPOINT

    def seconds(self) -> float:
        """Trained so far, over all sessions of a resumed run."""
        return time.monotonic() - self.began

    def leave_out(self, seconds: float) -> None:
        """So much was no training: pictures were painted."""
        self.began += seconds

    def load(self, *, resume: bool) -> Checkpoint | None:
        """The checkpoint to go on from, None where there is none; ZooError for one that nobody asked to resume."""
        if not self.path.exists():
            return None
        if not resume:
            raise ZooError(
                "there is a run in this folder already",
                where=str(self.folder),
                fix="add --resume to go on with it, or choose another --out",
                exit_code=2,
            )
        last = Checkpoint.load(self.path, self.identity, steps=self.steps)
        self.began -= read_seconds(self.folder)
        self.saved = self.tried = last.step
        return last

    def require_space(self, state: State, moments: int, weights: int) -> None:
        """ZooError where the disk cannot hold what the run will write: the last checkpoint beside the next, and the weights.

        `moments` are the bytes that the optimisers will add to `state`.
        """
        require_space(self.folder, 2 * (sum(t.nbytes for t in state.values()) + moments) + weights)

    def due(self, step: int) -> bool:
        """Whether it is time for a checkpoint."""
        return self.every.due(step - self.saved, time.monotonic() - self.wrote)

    def save(self, step: int, state: Callable[[], State]) -> None:
        """Write the checkpoint of `step`; ZooError when that fails, and the one before is still there."""
        self.tried = step
        processes.on_main(lambda: self._write(step, state()))
        self.saved, self.wrote = step, time.monotonic()

    def _write(self, step: int, state: State) -> None:
        write_seconds(self.folder, self.seconds())  # first: a checkpoint without it cannot be resumed
        Checkpoint(state, step, self.identity).save(self.path)

    def save_last(self, state: Callable[[], State]) -> None:
        """Write the checkpoint of the last step, if that is possible: the weights matter more, and are smaller."""
        try:
            self.save(self.steps, state)
        except ZooError as error:
            if processes.is_main():
                tell(f"warning: the training is done, but its last checkpoint is missing: {error}")

    def rescue(self, step: int, state: Callable[[], State]) -> None:
        """After an error, keep what was trained since the last checkpoint. Other processes may be gone: nobody waits."""
        if step == self.tried or not processes.is_main():
            return
        try:
            self._write(step, state())
        except ZooError as error:
            tell(f"warning: {error}")
        else:
            self.saved = step
        tell(self.told())

    def told(self) -> str:
        """What a run that ends here has saved."""
        if not self.saved:
            return "nothing is saved yet"
        return f"step {self.saved} of {self.steps} is saved: add --resume to the same command to go on from there"
