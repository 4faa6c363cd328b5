"""Time, memory and MACs of SPGNet's generator at the paper's size, folded and in the direct form, in the same run.

    python -m benchmarks.speed.spgnet --regions 12 20 --batch 2 --threads 2

Measured are appearance and style encoders, feature deformation and generator, on a flow and a target parsing at hand; the flow
net and SPATN are nets of their own. `--regions` of the 20 labels are present in the target: folding skips the absent ones. One
JSON line per case: GMAC of one image, medians of `--repeats` runs after a first one, and the peak memory of a fresh process.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

import zoo_spgnet
from tests.spgnet.direct import direct_modulation
from zoo.interfaces import Context
from zoo.model import build_model
from zoo.ops.regions import one_hot
from zoo.recipes.catalog import catalog
from zoo.recipes.loading import load_recipe
from zoo.regions import vocabulary
from zoo.types import Merged, Person
from zoo_spgnet.sean import SEAN

RECIPE = Path(zoo_spgnet.__file__).parent / "recipes" / "spgnet.toml"
FORMS = ("folded", "direct")


class Painter(nn.Module):
    """The parts that the authors' generator is made of."""

    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__()
        recipe = load_recipe(RECIPE, size="paper")
        model = build_model(recipe, Context(size=size, regions=vocabulary(recipe.regions)), "cihp20", catalog())
        self.style, self.deform, self.generator = model.style, cast(Any, model.merge), model.generator
        self.deform.flow = None

    def forward(self, source: Person, target: Person, flow: Tensor, state: Tensor) -> Tensor:
        style = self.style(source)
        pyramid = self.deform.deformed(style.pyramid, flow, state)
        return self.generator(Merged(pyramid=pyramid, codes=style.codes), target)


def person(size: tuple[int, int], batch: int, regions: int) -> Person:
    """A blob of every region, the joints anywhere."""
    coarse = torch.rand(batch, regions, 8, 8)
    labels = nn.functional.interpolate(coarse, size, mode="bilinear").argmax(1)
    return Person(
        size=size, joints=torch.rand(batch, 18, 2) * size[0], visible=torch.ones(batch, 18, dtype=torch.bool),
        image=torch.rand(batch, 3, *size) * 2 - 1, parsing=one_hot(labels, 20), pose=torch.rand(batch, 30, *size).round(),
    )  # fmt: skip


def seconds(run: Callable[[], object], repeats: int) -> float:
    run()
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return round(statistics.median(times), 3)


def measure(form: str, regions: int, size: tuple[int, int], batch: int, threads: int, repeats: int) -> dict[str, object]:
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    if form == "direct":
        SEAN.modulation = direct_modulation  # type: ignore[method-assign,assignment]
    net = Painter(size)
    source, target = person(size, batch, regions), person(size, batch, regions)
    motion = torch.randn(batch, 2, *size), torch.randint(3, (batch, 1, *size))

    def forward() -> Tensor:
        return net(source, target, *motion)

    def step() -> None:
        net.zero_grad()
        forward().square().mean().backward()

    net.eval().requires_grad_(False)  # the counter stumbles over parameters it cannot follow
    with torch.inference_mode():
        with FlopCounterMode(display=False) as counter:
            forward()
        inference = seconds(forward, repeats)
        inference_memory = peak()
    net.train().requires_grad_(True)
    training = seconds(step, repeats)
    return {
        "form": form, "regions": regions, "size": list(size), "batch": batch, "threads": threads,
        "parameters": sum(p.numel() for p in net.parameters()), "gmac": round(counter.get_total_flops() / 2e9 / batch, 1),
        "forward": inference, "forward_gigabytes": inference_memory, "step": training, "step_gigabytes": peak(),
    }  # fmt: skip


def peak() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--form", choices=FORMS, help="measure this one here, without a fresh process")
    parser.add_argument("--regions", type=int, nargs="+", default=[12, 20])
    parser.add_argument("--size", type=int, nargs=2, default=[256, 256])
    for name, default in (("batch", 2), ("threads", 2), ("repeats", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    numbers = [options.batch, options.threads, options.repeats]
    if options.form:
        print(json.dumps(measure(options.form, options.regions[0], tuple(options.size), *numbers)))
        return
    named = [x for n in ("batch", "threads", "repeats") for x in (f"--{n}", str(getattr(options, n)))]
    sides = ["--size", *map(str, options.size)]
    for regions in options.regions:
        for form in FORMS:
            command = [sys.executable, "-m", "benchmarks.speed.spgnet", "--form", form, "--regions", str(regions)]
            subprocess.run([*command, *sides, *named], check=False)


if __name__ == "__main__":
    main()
