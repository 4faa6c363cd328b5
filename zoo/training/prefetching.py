"""Data loaded ahead of whatever works on it."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from zoo.types import Pair


def prefetched(load: Callable[[int], Pair], steps: Sequence[int]) -> Iterator[tuple[Pair, float]]:
    """load(step) for every step, and the seconds it was waited for.

    One is loaded ahead in a thread: the data must not touch the global random state.
    """
    with ThreadPoolExecutor(1) as pool:
        following: Future[Pair] | None = None
        for place, step in enumerate(steps):
            began = time.perf_counter()
            current = (following or pool.submit(load, step)).result()
            waited = time.perf_counter() - began
            following = pool.submit(load, steps[place + 1]) if place + 1 < len(steps) else None
            yield current, waited
