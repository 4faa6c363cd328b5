"""Several processes at one run, as `torchrun` and `accelerate launch` start them: what one does for all, and what all share.

Every process runs the same program on its share of each batch. Only the main one writes, prints and records; all of them must
see the folder of the run.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, TypeVar, cast

import torch
import torch.distributed as dist
from accelerate import PartialState

from zoo.errors import LostProcessError, OneProcessError, ZooError
from zoo.ops.batch import talking

T = TypeVar("T")
PATIENCE = timedelta(minutes=10)  # with a process that hangs in the middle of a step; one that ends is noticed at once
ERRAND = timedelta(hours=12)  # for what the main process does while the others wait, a search for instance

_words: dist.ProcessGroup | None = None  # carries objects, and waits as long as an errand takes


class Told(ZooError):  # noqa: N818 (the fault is elsewhere)
    """The main process tells what went wrong; this one ends with the same exit code."""

    def __init__(self, exit_code: int) -> None:
        super().__init__("the main process tells why", exit_code=exit_code)


def count() -> int:
    """How many processes work at this run."""
    return dist.get_world_size() if dist.is_initialized() else 1


def is_main() -> bool:
    """Whether this is the process that writes and speaks for all."""
    return not dist.is_initialized() or dist.get_rank() == 0


def join(device: str) -> None:
    """Join the processes that a launcher started beside this one, if it did: by gloo on CPUs, by nccl with a GPU each."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1 and not dist.is_initialized():
        PartialState(cpu=device == "cpu" or not torch.cuda.is_available(), timeout=PATIENCE)


@contextmanager
def together(device: str) -> Iterator[None]:
    """Inside, the processes that a launcher started share one task on `device`, "auto" included.

    One that ends too early ends all with a ZooError. One that fails alone, and is not the main one, says so by OneProcessError.
    After an error SIGTERM is ignored, for the launcher's must not come before the message.
    """
    global _words
    join(device)
    try:
        yield
    except Exception as error:
        _let_speak()
        if is_main() or isinstance(error, Told):
            raise
        raise _told_alone(error) from error
    finally:
        _words = None
        if dist.is_initialized():
            dist.destroy_process_group()


def _let_speak() -> None:
    """A launcher sends SIGTERM to all when one has ended. From here on each ends by itself, once it has said what it knows."""
    if count() > 1 and threading.current_thread() is threading.main_thread():  # only that one may set handlers
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _told_alone(error: Exception) -> OneProcessError:
    known = error if isinstance(error, ZooError) else _unexpected(error)
    what = f"process {dist.get_rank()}: {known.what}"
    return OneProcessError(what, where=known.where, fix=known.fix, exit_code=known.exit_code)


def _unexpected(error: Exception) -> ZooError:
    fix = "run the same command with --debug to see the traceback"
    return ZooError(repr(error), where="an unexpected failure inside zoo or a plugin", fix=fix)


def on_main(errand: Callable[[], T]) -> T:
    """What `errand` returns in the main process (it must pickle), for all of them; its error ends all, told by the main one."""
    if count() == 1:
        return errand()
    if not is_main():
        done, result = _broadcast(None)
        if not done:
            raise Told(result)
        return cast(T, result)
    try:
        result = errand()
    except BaseException as error:
        with suppress(LostProcessError):  # `error` matters more
            _broadcast((False, getattr(error, "exit_code", 1)))
        raise
    _broadcast((True, result))
    return result


def _broadcast(said: Any) -> Any:
    """What the main process says."""
    words = [said]
    with talking():
        dist.broadcast_object_list(words, group=_group())
    return words[0]


def alike(error: ZooError) -> ZooError:
    """`error`, which every process has found: the main one tells of it, the others end quietly."""
    return error if is_main() else Told(error.exit_code)


def gathered(mine: T) -> list[T]:
    """What each process holds, which must pickle, in their order; all get it."""
    if count() == 1:
        return [mine]
    everybody: list[T] = [mine] * count()
    with talking():
        dist.all_gather_object(everybody, mine, group=_group())
    return everybody


def turns(tasks: Sequence[T]) -> Sequence[T]:
    """Those of `tasks` that are this process's."""
    return tasks[dist.get_rank() :: count()] if count() > 1 else tasks


def _group() -> dist.ProcessGroup:
    global _words
    if _words is None:
        _words = cast(dist.ProcessGroup, dist.new_group(backend="gloo", timeout=ERRAND))
    return _words
