"""While a plugin is read it can hold nobody up, print into nobody's results and end nobody's process."""

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from threading import Thread, Timer
from typing import Any, NoReturn

from zoo.documents.voice import tell


def contained(task: Callable[[], Any], seconds: float) -> tuple[Any, str]:
    """What `task` returns and what it printed. It fails as `task` does, with SystemExit too; TimeoutError after `seconds`.

    A task that hangs is left behind: to interrupt it could break what it is importing for everybody else.
    """
    outcome: dict[str, Any] = {}

    def work() -> None:
        try:
            outcome["value"] = task()
        except BaseException as error:
            outcome["error"] = error

    worker, printed = Thread(target=work, daemon=True), io.StringIO()
    with redirect_stdout(printed), no_way_out():
        worker.start()
        worker.join(seconds)
    if worker.is_alive():
        raise TimeoutError(f"no answer after {seconds:g} s; a table of contents does no work and imports no torch")
    if "error" in outcome:
        raise outcome["error"]
    return outcome["value"], printed.getvalue()


@contextmanager
def named_when_slow(what: str, seconds: float) -> Iterator[None]:
    """Tell who waits for `what` once `seconds` have gone by, so that whatever hangs has a name."""
    timer = Timer(seconds, tell, [f"warning: still waiting for {what} after {seconds:g} s"])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextmanager
def no_way_out() -> Iterator[None]:
    """Inside, `os._exit` in this process raises SystemExit as `sys.exit` does."""
    leave, process = os._exit, os.getpid()

    def stay(status: int) -> NoReturn:
        if os.getpid() != process:  # a forked child may end
            leave(status)
        raise SystemExit(status)

    os._exit = stay
    try:
        yield
    finally:
        os._exit = leave
