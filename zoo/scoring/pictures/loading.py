"""Work on pictures by threads, a batch each: Pillow and torch let go of the interpreter while they work."""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from zoo.scoring.pictures.frames import Bytes

T = TypeVar("T")
R = TypeVar("R")
AHEAD = 2  # batches that are done before they are asked for


def by_threads(items: Sequence[T], work: Callable[[Sequence[T]], R], batch: int) -> Iterator[R]:
    """What `work` makes of the items, `batch` at a time, in their order.

    Threads share no batch, so none waits for another: on a busy machine that is many times faster than torch's own threads,
    which meet after every operation.
    """
    with _one_thread_each(), ThreadPoolExecutor(_cores(), initializer=partial(torch.set_num_threads, 1)) as pool:
        waiting: deque[Future[R]] = deque()
        try:
            for start in range(0, len(items), batch):
                waiting.append(pool.submit(torch.inference_mode()(work), items[start : start + batch]))
                if len(waiting) > _cores() + AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """What the threads of a pool say of theirs, torch partly takes for everybody's: afterwards it is as before."""
    before = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def stacked(pictures: Sequence[Bytes], device: torch.device | str) -> Tensor:
    """(B,3,H,W) in [0,1], channels last in memory, of pictures (H,W,3)."""
    return torch.from_numpy(np.stack(pictures)).to(device).movedim(3, 1).float().div_(255)
