"""The machine that a record tells of. Imports no torch unless there is an accelerator to be named."""

import os
import platform
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from pydantic import model_serializer

from zoo.documents.strict import Strict
from zoo.results.fields import Count, Positive, Text


class Hardware(Strict):
    """The machine, by kind and never by name."""

    cpu: Text
    cores: Count
    gpu: Text | None = None
    processes: Positive = 1  # that shared the run

    @classmethod
    def of(cls, device: str, processes: int = 1) -> Self:
        """This machine, with the accelerator that `device` names."""
        return cls(cpu=_cpu(), cores=_cores(), gpu=_gpu(device), processes=processes)

    @model_serializer(mode="wrap")
    def _write(self, write: Callable[[Self], dict[str, Any]]) -> dict[str, Any]:
        """Without a single process: records from before they were counted keep their ids."""
        return {name: value for name, value in write(self).items() if (name, value) != ("processes", 1)}


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _gpu(device: str) -> str | None:
    if not device.startswith("cuda"):
        return None
    import torch

    return torch.cuda.get_device_name(device)


def _cpu() -> str:
    try:
        names = re.findall(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()
