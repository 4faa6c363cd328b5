"""Training runs in a process of their own: FOLDER[:FOLDER] [STEP SIGNAL], sent to itself in that step; FAULT is an error."""

import os
import signal
import sys
import time
from functools import partial
from pathlib import Path

import torch

from zoo.errors import ZooError
from zoo.recipes.request import Every
from zoo.store.folder import CHECKPOINT
from zoo.store.weights import save_weights
from zoo.training.processes import Told, on_main, together
from zoo.training.run import Run

from .parts import tiny_recipe, tiny_train

_advance = Run.advance


def _fail(name: str) -> None:
    if name == "FAULT":
        raise ZooError("a photo is broken")
    os.kill(os.getpid(), signal.Signals[name])


def main(folders: str, step: str = "-1", name: str = "") -> int:
    def advance(run: Run, *arguments):  # type: ignore[no-untyped-def]
        if run.step == int(step) and os.environ.get("RANK", "1") == "1":  # of several processes the second one
            _fail(name)
        return _advance(run, *arguments)

    Run.advance = advance  # type: ignore[method-assign]
    torch.set_num_threads(1)
    try:
        with together("cpu"):
            for path in map(Path, folders.split(os.pathsep)):
                going = (path / CHECKPOINT).exists()
                trained = tiny_train(tiny_recipe(), path, every=Every(5, None), resume=going)
                on_main(partial(save_weights, trained.weights, path / "weights.safetensors", {}))
    except ZooError as error:
        if not isinstance(error, Told):
            time.sleep(0.5)  # the launcher is faster
            print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
