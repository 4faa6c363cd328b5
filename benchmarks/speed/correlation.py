"""Time and memory of a correlation field, applied without being written out and written out, forward and backward.

    python benchmarks/speed/correlation.py --side 32 64 128 --channels 96 --batch 1 --threads 1

One JSON line per case; peak memory is that of a fresh process.
"""

import argparse
import json
import resource
import subprocess
import sys
import time

import torch
from torch import Tensor

from zoo.ops.correlate import correlation, matrix, transport

WAYS = ("factors", "matrix")


def once(way: str, pose: Tensor, style: Tensor) -> None:
    corr = correlation(pose, style, 0.01)
    moved = transport(corr, style) if way == "factors" else matrix(corr) @ style.flatten(2).mT
    moved.square().mean().backward()


def measure(way: str, side: int, channels: int, batch: int, threads: int, repeats: int) -> dict[str, object]:
    torch.set_num_threads(threads)
    pose, style = (torch.randn(batch, channels, side, side, requires_grad=True) for _ in range(2))
    before = peak()
    once(way, pose, style)
    start = time.perf_counter()
    for _ in range(repeats):
        once(way, pose, style)
    seconds = (time.perf_counter() - start) / repeats
    case = {"way": way, "side": side, "channels": channels, "batch": batch, "threads": threads}
    return {**case, "seconds": round(seconds, 4), "gigabytes": round(peak() - before, 3)}


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--way", choices=WAYS, help="measure this one here, without a fresh process")
    parser.add_argument("--side", type=int, nargs="+", default=[16, 32, 64])
    for name, default in (("channels", 96), ("batch", 1), ("threads", 1), ("repeats", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    numbers = [options.channels, options.batch, options.threads, options.repeats]
    if options.way:
        print(json.dumps(measure(options.way, options.side[0], *numbers)))
        return
    named = [x for n in ("channels", "batch", "threads", "repeats") for x in (f"--{n}", str(getattr(options, n)))]
    for side in options.side:
        for way in WAYS:
            subprocess.run([sys.executable, __file__, "--way", way, "--side", str(side), *named], check=False)


if __name__ == "__main__":
    main()
