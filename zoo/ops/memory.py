"""Memory that a process frees and asks for again, and the time it costs."""

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # mallopt's names of what it sets
KEPT = 256 << 20  # bytes of the largest blocks that are kept: what no new block fits into is lost meanwhile, and must be little
USUAL = 32 << 20  # what the allocator comes to by itself
_lock = threading.Lock()
_inside = 0


@contextmanager
def kept_memory() -> Iterator[None]:
    """Inside, the process keeps on the CPU what memory it frees, for what it asks for next; afterwards it gives it back.

    Elsewhere large blocks go back to the system when they are freed, and come from it page by page and filled with zeros: a
    tenth of a training step at 256 x 256, a third of a pass that materialises a correlation. The most that is held at once
    grows by up to a tenth. May be nested, also by threads side by side. Without GNU's allocator nothing is changed.
    """
    _enter(1)
    try:
        yield
    finally:
        _enter(-1)


def _enter(change: int) -> None:
    global _inside
    if (libc := _gnu()) is None:
        return
    with _lock:
        before, _inside = _inside, _inside + change
        if before == 0:
            libc.mallopt(_MMAP_THRESHOLD, KEPT)
            libc.mallopt(_TRIM_THRESHOLD, -1)  # the heap does not shrink
        elif _inside == 0:
            libc.mallopt(_MMAP_THRESHOLD, USUAL)
            libc.mallopt(_TRIM_THRESHOLD, 2 * USUAL)
            libc.malloc_trim(0)


@cache
def _gnu() -> Any:
    """The C library, if it is GNU's."""
    try:
        libc = ctypes.CDLL(None)
    except (OSError, TypeError):  # Windows has no such handle
        return None
    return libc if hasattr(libc, "mallopt") and hasattr(libc, "malloc_trim") else None
