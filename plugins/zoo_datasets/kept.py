"""Decoded photos in memory: as bytes, at the size of the track, and no more of them than may be."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from os import cpu_count
from typing import Annotated

import torch
from torch import Tensor

from zoo.hookspecs import Option

Memory = Annotated[float, Option("gigabytes of decoded photos to keep, where there are no shards", "ours")]
MEMORY = 0.15  # with torch and 52,712 names and poses, a process stays below a gigabyte
Pixels = tuple[Tensor, Tensor]  # photo (3,H,W), labels (H,W); uint8


class Kept:
    """The first so many of `count` photos as fit into `gigabytes` are decoded once; the others each time they are asked for.

    Untouched pages of `torch.empty` cost no memory. Pillow decodes outside Python's lock, hence the threads.
    """

    @torch.inference_mode(False)  # it outlives the mode it is made in
    def __init__(self, decode: Callable[[int], Pixels], count: int, size: tuple[int, int], gigabytes: float) -> None:
        room = min(count, int(gigabytes * 1e9) // (4 * size[0] * size[1]))
        self.decode, self.filled = decode, torch.zeros(room, dtype=torch.bool)
        self.photos = torch.empty(room, 3, *size, dtype=torch.uint8)
        self.labels = torch.empty(room, *size, dtype=torch.uint8)

    def read(self, indices: Sequence[int]) -> Pixels:
        """Photos (B,3,H,W) and labels (B,H,W)."""
        missing = sorted({i for i in indices if i >= len(self.filled) or not self.filled[i]})
        fresh = dict(zip(missing, workers().map(self.decode, missing), strict=True))
        for i in missing:
            if i < len(self.filled):
                self.photos[i], self.labels[i] = fresh[i]
                self.filled[i] = True
        pixels = [fresh[i] if i in fresh else (self.photos[i], self.labels[i]) for i in indices]
        return torch.stack([photo for photo, _ in pixels]), torch.stack([labels for _, labels in pixels])


@cache
def workers() -> ThreadPoolExecutor:
    """Threads that decode, shared by all data sets of this process."""
    return ThreadPoolExecutor(min(8, cpu_count() or 1), thread_name_prefix="decode")
