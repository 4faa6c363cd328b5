"""Where cells run on this machine: devices, threads, and how many fit at once. Imports no torch."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from zoo.errors import ZooError
from zoo.results.hardware import Hardware

ON_CPU, ON_GPU = 2.0, 4.0  # gigabytes that a cell may take, where nobody says more; those of figures-64 take half


@dataclass(frozen=True)
class Room:
    """Room for one cell at a time."""

    device: str
    threads: int  # of each process
    cards: str = ""  # the GPUs that its processes share, as CUDA_VISIBLE_DEVICES has them; all where there is one process


@dataclass(frozen=True)
class Card:
    """A GPU as the driver tells it."""

    name: str
    free: float  # gigabytes


def rooms(
    device: str = "auto", jobs: int | None = None, gigabytes: float | None = None, processes: int = 1
) -> list[Room]:  # fmt: skip
    """Room for as many cells as are asked for and fit into memory; on CPUs one a core if nobody says, on GPUs one each.

    `device` is auto, cpu, cuda (all of them), cuda:1, or several with commas between. Threads are shared evenly. Where a cell
    has several processes, each takes a GPU of its own.
    """
    devices = _devices(device)
    fitting = _fitting(devices, gigabytes)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    groups = [["cpu"]] if devices == ["cpu"] else [devices[i : i + processes] for i in range(0, len(devices), processes)]
    if len(groups[-1]) < processes and devices != ["cpu"]:
        what = f"{len(devices)} devices cannot be shared by cells of {processes} processes"
        raise ZooError(what, where="--processes", fix="a number that divides them", exit_code=2)
    wanted = jobs or (cores // processes if devices == ["cpu"] else len(groups))
    count = max(1, min(wanted, fitting))
    threads = max(1, cores // (count * processes))
    return [_room(groups[i % len(groups)], threads) for i in range(count)]


def _room(devices: list[str], threads: int) -> Room:
    if len(devices) == 1:
        return Room(devices[0], threads)
    return Room("cuda", threads, ",".join(device.partition(":")[2] for device in devices))


def hardware(device: str) -> Hardware:
    """This machine as its records would name it, told without torch."""
    found = Hardware.of("cpu")
    number = device.partition(":")[2] or "0"
    names = [card.name for card in cards()]
    return found.model_copy(update={"gpu": names[int(number)]}) if device.startswith("cuda") and names else found


def cards() -> list[Card]:
    """The GPUs of NVIDIA's driver; none where there is no driver."""
    asked = ["nvidia-smi", "--query-gpu=name,memory.free", "--format=csv,noheader,nounits"]
    try:
        told = subprocess.run(asked, capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    return [Card(name.strip(), float(free) / 1024) for name, _, free in (line.rpartition(",") for line in told.splitlines())]


def _devices(asked: str) -> list[str]:
    if asked not in ("auto", "cuda"):
        return asked.split(",")
    found = [f"cuda:{i}" for i, _ in enumerate(cards())]
    if asked == "cuda" and not found:
        raise ZooError("no GPU answers", where="--device cuda", fix="use --device cpu, or name it: cuda:0", exit_code=2)
    return found or ["cpu"]


def _fitting(devices: list[str], gigabytes: float | None) -> int:
    """How many cells fit: into main memory, and into that of the cards."""
    count = int(_free() // (gigabytes if gigabytes and devices == ["cpu"] else ON_CPU))
    used = [card for i, card in enumerate(cards()) if {f"cuda:{i}", "cuda"} & {*devices}] if devices != ["cpu"] else []
    return min(count, int(sum(card.free // (gigabytes or ON_GPU) for card in used))) if used else count


def _free() -> float:
    """Gigabytes of main memory that a new process may take."""
    try:
        lines = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
        return int(lines["MemAvailable"].split()[0]) / 2**20
    except (OSError, KeyError, ValueError):
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")) / 2**30 / 2
