"""Pictures decoded ahead of who measures them, by threads: Pillow lets go of the interpreter while it decodes."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from zoo.scoring.pictures.frames import Bytes

T = TypeVar("T")
R = TypeVar("R")
AHEAD = 2  # batches that are decoded before they are asked for


def prefetched(items: Sequence[T], load: Callable[[T], R], batch: int, workers: int) -> Iterator[list[R]]:
    """What `load` makes of the items, in their order, in lists of `batch`."""
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[list[Future[R]]] = deque()
        try:
            for start in range(0, len(items), batch):
                waiting.append([pool.submit(load, item) for item in items[start : start + batch]])
                if len(waiting) > AHEAD:
                    yield [future.result() for future in waiting.popleft()]
            while waiting:
                yield [future.result() for future in waiting.popleft()]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def stacked(pictures: Sequence[Bytes], device: torch.device | str) -> Tensor:
    """(B,3,H,W) in [0,1], channels last in memory, of pictures (H,W,3)."""
    return torch.from_numpy(np.stack(pictures)).to(device).movedim(3, 1).float().div_(255)
