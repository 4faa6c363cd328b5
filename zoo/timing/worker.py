"""One cell in a process of its own: `python -m zoo.timing.worker SPEC` tells JSON, a line for each word it hears.

First it tells that all is built. `again` is answered by the seconds of a pass, the first apart, `end` by what else it knows.
"""

import json
import os
import platform
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from importlib import import_module
from importlib.metadata import version
from typing import Any, TextIO

import torch
from torch import nn

from zoo.documents.parent import end_with_parent
from zoo.errors import ZooError
from zoo.ops.denormals import flushed_denormals
from zoo.ops.memory import kept_memory
from zoo.results.hardware import Hardware
from zoo.timing.bench import AGAIN
from zoo.timing.counting import count_macs
from zoo.timing.machine import Memory, limits, synchronise, timed
from zoo.timing.passes import Pass, made

PARTS = 3  # passes in which the parts are timed apart


def main() -> None:
    """Do what standard input asks until it ends."""
    end_with_parent()
    spec = json.loads(sys.argv[1])
    torch.set_num_threads(spec["threads"])
    with _channel() as channel:
        try:
            for told in _told(spec):
                print(json.dumps(told), file=channel, flush=True)
        except ZooError as error:
            print(error, file=sys.stderr)
            sys.exit(error.exit_code)


def _told(spec: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    device = spec["device"]
    if spec["compiled"]:
        import_module("torch._inductor.compile_fx")  # whose code is no memory of the pass
    memory = Memory(device)
    torch.manual_seed(0)
    with flushed_denormals(), kept_memory():
        one = made(spec)
        yield {}
        sys.stdin.readline()
        macs, by_part, first = _begun(one, spec)
        yield {"first": first}
        memory.forget()
        while sys.stdin.readline().strip() == AGAIN:
            yield asdict(timed(one.run, device))
        peak = memory.peak()
        seconds = {} if spec["compiled"] else _by_part(one, device)
        yield {
            "phase": one.phase, "peak": peak, "macs": round(macs / spec["batch"]),
            "parameters": _parameters(one.module), "parts": {
                name: {
                    "component": one.components[name], "parameters": _parameters(part), "seconds": seconds.get(name),
                    "macs": round(by_part[name] / spec["batch"]),
                }
                for name, part in one.parts.items()
            },
            "limits": limits(device, spec["precision"]).model_dump(),
            "hardware": Hardware.of(device).model_dump(mode="json"),
            "versions": {"posezoo": version("posezoo"), "torch": version("torch"), "python": platform.python_version()},
        }  # fmt: skip


def _parameters(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def _begun(one: Pass, spec: Mapping[str, Any]) -> tuple[int, dict[str, int], float]:
    """Multiply-adds of the batch and in its parts, and seconds of the first pass. What is compiled is counted before."""
    counted: list[tuple[int, dict[str, int]]] = []

    def count() -> None:
        counted.append(count_macs(one.run, one.parts))

    first = timed(count, spec["device"])
    if spec["compiled"]:
        one.module.compile()
        first = timed(one.run, spec["device"])
    return *counted[0], first.seconds


def _by_part(one: Pass, device: str) -> dict[str, float]:
    """Median seconds of each part. Apart from the pass's own seconds: on an accelerator each part is waited for."""
    passes: list[Counter[str]] = []

    def watch(name: str, part: nn.Module) -> list[Any]:
        began: list[float] = []

        def start(*_: Any) -> None:
            synchronise(device)
            began.append(time.perf_counter())

        def stop(*_: Any) -> None:
            synchronise(device)
            passes[-1][name] += time.perf_counter() - began.pop()  # type: ignore[assignment]

        return [part.register_forward_pre_hook(start), part.register_forward_hook(stop)]

    handles = [handle for name, part in one.parts.items() for handle in watch(name, part)]
    for _ in range(PARTS if handles else 0):
        passes.append(Counter())
        one.run()
    for handle in handles:
        handle.remove()
    return {name: statistics.median(seconds[name] for seconds in passes) for name in one.parts}


@contextmanager
def _channel() -> Iterator[TextIO]:
    """Standard output for answers alone: what a peer prints goes to standard error."""
    with os.fdopen(os.dup(1), "w") as channel:
        os.dup2(2, 1)
        yield channel


if __name__ == "__main__":
    main()
