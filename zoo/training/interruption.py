"""Ctrl-C and a scheduler's SIGTERM end a run between two steps, with nothing lost; a second one ends it at once."""

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from zoo.errors import ZooError

INTERRUPTED = 130  # the exit code
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(ZooError):  # noqa: N818 (not a fault)
    """The run was asked to stop; its checkpoint is written."""


class Flag:
    """Raised by a signal, read between steps."""

    raised = False


@contextmanager
def interruptible(saved: Callable[[], str]) -> Iterator[Flag]:
    """The first SIGINT or SIGTERM raises the flag, a second one ends the process and says what is `saved`; the old handlers
    come back afterwards."""
    flag = Flag()
    if threading.current_thread() is not threading.main_thread():  # only the main thread may set handlers
        yield flag
        return

    def handle(*_: Any) -> None:
        flag.raised = True

    old = {number: signal.signal(number, handle) for number in _SIGNALS}
    try:
        with _watched(saved):
            yield flag
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


@contextmanager
def _watched(saved: Callable[[], str]) -> Iterator[None]:
    """A thread counts the signals: where a step hangs in a kernel or in a collective, no Python handler runs."""
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    old = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    thread = threading.Thread(target=_end_at_the_second, args=(reader, saved), daemon=True)
    thread.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(old)
        writer.close()
        thread.join()
        reader.close()


def _end_at_the_second(reader: socket.socket, saved: Callable[[], str]) -> None:
    asked = 0
    while received := reader.recv(1):  # one byte per signal; none when the writer is closed
        asked += received[0] in _SIGNALS
        if asked == 2:
            print(f"\nended in the middle of a step; {saved()}", file=sys.stderr, flush=True)
            os._exit(INTERRUPTED)
