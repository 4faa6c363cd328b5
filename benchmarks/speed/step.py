"""Time of one training step of a recipe's last phase on a CPU, and what each of the loop's economies is worth.

    python benchmarks/speed/step.py --recipe scmnet partflow spgnet --threads 1

One JSON line per recipe: median seconds of a step as it is, without each economy, and in bf16. The ways take turns, so that
what else the machine does strikes all of them alike.
"""

import argparse
import json
import statistics
import tempfile
import time
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path

import torch

from zoo.model import build, build_losses
from zoo.ops.denormals import flushed_denormals
from zoo.recipes.catalog import catalog
from zoo.recipes.request import Request, resolve
from zoo.training.optimisation import spans
from zoo.training.plan import Plan, start_accelerator
from zoo.training.run import Run, step_seed
from zoo.training.stage import Stage
from zoo.types import Pair

WAYS = ("as it is", "denormals kept", "channels first", "features not shared", "bf16")


class Stepper:
    """A recipe in training, ready to make steps of its last phase in one of the `WAYS`."""

    def __init__(self, recipe_name: str, way: str, steps: int = 2000) -> None:
        self.way = way
        recipe, track = resolve(Request(recipe_name), catalog())
        kit = build(recipe, track, catalog())
        losses = build_losses(recipe, kit, catalog())
        plan = Plan(Path(tempfile.mkdtemp()), steps, track.budget.batch, precision="bf16" if way == "bf16" else "no")
        run = Run(recipe, kit, losses, plan, start_accelerator(plan))
        if way == "channels first":
            for module in (kit.model, losses):
                module.to(memory_format=torch.contiguous_format)
        span = spans(recipe.phases, steps)[-1]
        run._freeze_all_but(span.phase)
        self.stage, self.step = Stage(span, recipe, kit.model, losses, run.accelerator), span.begin
        if way == "features not shared":
            self.stage._looking = ExitStack  # type: ignore[method-assign]
        images = torch.arange(track.budget.batch) * 6
        own = span.phase.pairing.use in ("base.self", "spt.pseudo", "base.unpaired")
        self.pair: Pair = kit.data.load("train", images, images if own else images + 1)

    def __call__(self) -> float:
        torch.manual_seed(step_seed(0, self.step))
        began = time.perf_counter()
        with self._denormals():
            self.stage.step(self.pair, self.step)
        return time.perf_counter() - began

    def _denormals(self) -> AbstractContextManager[None]:
        return nullcontext() if self.way == "denormals kept" else flushed_denormals()


def measure(recipe: str, repeats: int) -> dict[str, float]:
    steppers = [Stepper(recipe, way) for way in WAYS]
    rounds = [[stepper() for stepper in steppers] for _ in range(repeats + 1)][1:]
    return {way: round(statistics.median(times), 3) for way, times in zip(WAYS, zip(*rounds, strict=True), strict=True)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", nargs="+", default=["scmnet", "partflow"])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    for recipe in options.recipe:
        print(json.dumps({"recipe": recipe, "threads": options.threads, **measure(recipe, options.repeats)}), flush=True)


if __name__ == "__main__":
    main()
