"""A training run in a process of its own: FOLDER [STEP SIGNAL], which it sends itself in the middle of that step."""

import os
import signal
import sys
from pathlib import Path

import torch

from zoo.errors import ZooError
from zoo.store.weights import save_weights
from zoo.training.loop import Run

from .parts import phase, tiny_recipe, tiny_train

_advance = Run.advance


def frozen_statistics() -> list[dict[str, object]]:
    """Phases that leave the encoder alone: its batch norm and dropout depend on how a batch is split."""
    return [phase(tiny_recipe(), "sharp", lr=0.01, critic_lr=0.01)]


def main(folder: str, step: str = "-1", name: str = "") -> int:
    def advance(run: Run, *arguments):  # type: ignore[no-untyped-def]
        if run.step == int(step):
            os.kill(os.getpid(), signal.Signals[name])
        return _advance(run, *arguments)

    Run.advance = advance  # type: ignore[method-assign]
    torch.set_num_threads(1)
    shared = "RANK" in os.environ
    recipe = tiny_recipe(phases=frozen_statistics()) if shared else tiny_recipe()
    try:
        trained = tiny_train(recipe, Path(folder), checkpoint_every=5)
    except ZooError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    if os.environ.get("RANK", "0") == "0":
        save_weights(trained.weights, Path(folder) / "weights.safetensors", {})
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
