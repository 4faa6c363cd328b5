"""What is freed inside is used again; afterwards the system has it back."""

import resource
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from zoo.ops import memory
from zoo.ops.memory import kept_memory

MEGABYTES = 48
ROUNDS = 24
FEW = 16  # pages; of the largest there are 24 in so much memory

pytestmark = pytest.mark.skipif(sys.platform != "linux" or memory._gnu() is None, reason="without GNU's allocator")


def fresh() -> int:
    """In how many of the rounds the system cleared pages for a tensor of so many megabytes, which is freed at once."""
    count = 0
    for _ in range(ROUNDS):
        before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
        torch.ones(MEGABYTES << 18)
        count += resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before >= FEW
    return count


def resident() -> int:
    """Megabytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() >> 20


def test_freed_memory_is_used_again_and_then_given_back():
    with kept_memory():
        assert fresh() <= ROUNDS // 2, "a few are lost to what is too small"
        with kept_memory():
            pass
        assert fresh() <= ROUNDS // 2, "the innermost does not end it"
        kept = resident()
    assert resident() <= kept - MEGABYTES // 2


def test_the_last_thread_out_ends_it():
    def passes(_: int) -> None:
        with kept_memory():
            pass

    with kept_memory(), ThreadPoolExecutor(4) as pool:
        list(pool.map(passes, range(64)))
        assert fresh() <= ROUNDS // 2
        kept = resident()
    assert resident() <= kept - MEGABYTES // 2


def test_an_error_ends_it():
    kept = 0
    with pytest.raises(RuntimeError), kept_memory():
        fresh()
        kept = resident()
        raise RuntimeError
    assert resident() <= kept - MEGABYTES // 2
