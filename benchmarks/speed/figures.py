"""How fast Figures renders and loads: median of several runs.

python benchmarks/speed/figures.py --height 64 --width 64 --threads 2
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch

from zoo.interfaces import Context
from zoo.regions import vocabulary
from zoo_figures.dataset import People

IMAGES, BATCH = 128, 8


def median_seconds(work: Callable[[], object], runs: int) -> float:
    """Median of `runs` timings, after one run to warm up."""
    times = []
    for _ in range(runs + 1):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times[1:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("height", 64), ("width", 64), ("threads", 2), ("runs", 7)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    context = Context(size=(args.height, args.width), regions=vocabulary("cihp20"))

    def fresh() -> People:
        return People(context, train_people=IMAGES // 4, views=6, device=args.device)

    images = torch.arange(IMAGES)
    pairs = torch.arange(BATCH) * 6
    warm = fresh()
    drawn = median_seconds(lambda: fresh().load("train", images, images), args.runs)
    known = median_seconds(lambda: warm.load("train", images, images), args.runs)
    moved = median_seconds(lambda: warm.load("train", pairs, pairs + 1), args.runs)
    print(f"{args.height} x {args.width} on {args.device}, {args.threads} threads, median of {args.runs} runs")
    print(f"rendered      {IMAGES / drawn:8.0f} images/s (image, regions, joints)")
    print(f"from memory   {IMAGES / known:8.0f} images/s")
    print(f"with flow     {BATCH / moved:8.0f} pairs/s from memory, batch {BATCH}")


if __name__ == "__main__":
    main()
