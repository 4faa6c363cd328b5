"""A process that works for another one does not go on alone."""

import os
import signal
import threading
import time

PARENT = "ZOO_PARENT"  # the number of the process that it ends with
LOOK_EVERY = 0.5  # seconds


def tied() -> dict[str, str]:
    """The environment of a process that is to end with this one, however that ends."""
    return {**os.environ, PARENT: str(os.getpid())}


def end_with_parent() -> None:
    """Where `tied` says so, SIGTERM when the parent is gone: a training then writes its checkpoint."""
    parent = os.environ.pop(PARENT, None)  # those that this one starts have another parent
    if parent == str(os.getppid()):
        threading.Thread(target=_watch, args=(int(parent),), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY)
    os.kill(os.getpid(), signal.SIGTERM)
