"""Ctrl-C and a scheduler's SIGTERM end a run between two steps, with nothing lost."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from zoo.errors import ZooError


class Interrupted(ZooError):  # noqa: N818 (not a fault)
    """The run was asked to stop; its checkpoint is written."""


class Flag:
    """Raised by a signal, read between steps."""

    raised = False


@contextmanager
def interruptible() -> Iterator[Flag]:
    """SIGINT and SIGTERM raise the flag instead of ending the process; the old handlers come back afterwards."""
    flag = Flag()
    if threading.current_thread() is not threading.main_thread():  # only the main thread may set handlers
        yield flag
        return

    def handle(*_: Any) -> None:
        flag.raised = True

    old = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield flag
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
