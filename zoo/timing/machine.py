"""What the machine under a pass can do, and what the pass takes of it."""

import ctypes
import os
import resource
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import conv2d

from zoo.results.speed import Rates

_SECONDS = 0.3  # of rounds, the best of which is the machine's limit
_STAT = Path("/proc/stat")
_STATUS, _FORGET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def synchronise(device: str) -> None:
    """Wait for what was handed to an accelerator."""
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)
    elif device.startswith("mps"):
        torch.mps.synchronize()


@dataclass(frozen=True)
class Taken:
    """Seconds of a pass."""

    seconds: float  # by the clock
    processor: float  # of the processor, over all threads
    others: float  # of the processor, that everybody else took meanwhile


def timed(run: Callable[[], object], device: str) -> Taken:
    """Run a pass, and wait for what it handed to an accelerator."""
    synchronise(device)
    busy, clock, processor = _busy(), time.perf_counter(), time.process_time()
    run()
    synchronise(device)
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    return Taken(clock, processor, max(0.0, _busy() - busy - processor))


def _busy() -> float:
    """Seconds that the machine's processors have been at work; 0 where the system does not say."""
    try:
        user, nice, system, _, _, *interrupts = map(int, _STAT.read_text().splitlines()[0].split()[1:9])
    except OSError:
        return 0.0
    return (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")


class Memory:
    """The most bytes that are held at once: by an accelerator's tensors, or else by this process beyond what it held before."""

    def __init__(self, device: str) -> None:
        self.device = device
        self.before = 0 if device.startswith("cuda") else _status("VmRSS")

    def forget(self) -> None:
        """Begin anew. Where the system cannot, the peak is that of the whole process."""
        if self.device.startswith("cuda"):
            torch.cuda.reset_peak_memory_stats(self.device)
            return
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)  # what is free, but kept
            _FORGET.write_text("5")

    def peak(self) -> int:
        """Bytes since `forget`."""
        if self.device.startswith("cuda"):
            return torch.cuda.max_memory_allocated(self.device)
        return max(0, _status("VmHWM") - self.before)


def _status(name: str) -> int:
    """Bytes. `ru_maxrss` is no help on Linux: a process inherits its parent's."""
    try:
        lines = dict(line.split(":", 1) for line in _STATUS.read_text().splitlines())
        return int(lines[name].split()[0]) * 1024
    except OSError:
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return used if sys.platform == "darwin" else used * 1024


def limits(device: str, precision: str) -> Rates:
    """The rates that this machine reaches now: a convolution and a matrix product that suit it, the best of a few rounds."""
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    batch, side = (256, 8192) if device.startswith("cuda") else (1, 1024)
    image, kernel = torch.randn(batch, 256, 32, 32), torch.randn(256, 256, 3, 3)
    a, b = (matrix.to(device, dtype) for matrix in torch.randn(2, side, side))
    x, w = (t.to(device, dtype, memory_format=torch.channels_last) for t in (image, kernel))
    with torch.inference_mode():
        return Rates(
            convolution=_rate(lambda: conv2d(x, w, padding=1), image.numel() * kernel[0].numel(), device),
            product=_rate(lambda: a @ b, side**3, device),
        )


def _rate(run: Callable[[], Tensor], macs: int, device: str) -> float:
    end, taken = time.perf_counter() + _SECONDS, [timed(run, device).seconds]
    while time.perf_counter() < end:
        taken.append(timed(run, device).seconds)
    return macs / min(taken)
