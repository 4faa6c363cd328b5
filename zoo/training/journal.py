"""What a training run tells: log.jsonl always, a tracker if asked, a progress bar on a terminal."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from zoo.documents.files import write_atomically, writing
from zoo.documents.progress import Ticker
from zoo.documents.voice import tell
from zoo.store.folder import LOG
from zoo.training.tracking import NOBODY, Board, Telling

LOG_EVERY = 20  # steps


class Journal:
    """Writes down the steps of a run of `total` steps, `done` of which were made before.

    A line of log.jsonl: step (steps done), phase, losses (the weighted sum is "total"), lr, images_per_second,
    wait (the share of the time since the last line in which training stood still for data), seconds (of training so far).
    """

    def __init__(self, folder: Path, *, done: int, total: int, batch: int, telling: Telling = NOBODY) -> None:
        self.path, self.total, self.batch = folder / LOG, total, batch
        with writing(self.path):
            folder.mkdir(parents=True, exist_ok=True)
            _truncate(self.path, done)
        self._telling = telling
        tracker = self._telling.tracker
        self._board = Board(tracker, folder, self._telling.settings, done) if tracker else None
        self._ticker = Ticker("training", total, done)
        self._waited, self._since = 0.0, time.perf_counter()

    def __enter__(self) -> Self:
        self._ticker.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._ticker.__exit__(kind, error, trace)
        if self._board is not None:
            self._board.close()

    def note(self, step: int, phase: str, losses: Mapping[str, float], lr: float, seconds: float, waited: float) -> None:
        """Tell of a step, `waited` seconds of which it was for data; every 20th, the first and the last are logged."""
        self._waited += waited
        self._ticker.at(step, f"{phase}  loss {losses['total']:.4g}")
        if step % LOG_EVERY == 0 or step in (1, self.total):
            try:
                self._write(step, phase, losses, lr, self._ticker.speed(step) * self.batch, seconds)
            except OSError as error:  # a full disk: what was trained matters more than what is told of it
                tell(f"warning: step {step} is missing in {self.path}: {error.strerror}")

    def _write(self, step: int, phase: str, losses: Mapping[str, float], lr: float, speed: float, seconds: float) -> None:
        line: dict[str, Any] = {
            "step": step, "phase": phase, "losses": losses, "lr": lr,
            "images_per_second": round(speed, 2), "wait": round(self._share_waited(), 3), "seconds": round(seconds, 3),
        }  # fmt: skip
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        if self._board is not None:
            about = {"lr": lr, "images_per_second": line["images_per_second"], "wait": line["wait"]}
            self._board.log({**{f"loss/{name}": value for name, value in losses.items()}, **about}, step)

    def show(self, step: int) -> float:
        """Paint the samples when it is time; the seconds it took, which are none of the training's."""
        if not self._telling.due(step, self.total):
            return 0.0
        began = time.perf_counter()
        samples = self._telling.paint(step)
        if self._board is not None and samples is not None:
            self._board.show(samples, step)
        return time.perf_counter() - began

    def _share_waited(self) -> float:
        """Of the time since it was last asked for."""
        now = time.perf_counter()
        share = self._waited / max(now - self._since, 1e-9)
        self._waited, self._since = 0.0, now
        return min(share, 1.0)


def _truncate(path: Path, done: int) -> None:
    """Drop the lines after step `done`, and a last line that a kill cut short."""
    if not path.exists():
        return
    text = path.read_text(encoding="utf-8", errors="replace")
    kept = [line for line in text.splitlines(keepends=True) if _step(line) <= done]
    write_atomically(path, "".join(kept).encode())


def _step(line: str) -> float:
    try:
        return float(json.loads(line)["step"]) if line.endswith("\n") else float("inf")
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return float("inf")
