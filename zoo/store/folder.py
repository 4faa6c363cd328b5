"""The folder of a run: what lies in it, one process at a time at work there, and nothing overwritten unasked."""

import fcntl
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from zoo.documents.files import require_writable, sweep, writing
from zoo.errors import ZooError

CHECKPOINT = "checkpoint.safetensors"
WEIGHTS = "weights.safetensors"
RECIPE = "recipe.toml"  # as resolved: what the weights are of
TRACK = "track.toml"
TIMES = "times.json"
LOG = "log.jsonl"
TENSORBOARD = "tensorboard"
SAMPLES = "samples"
RECORD = "record.txt"  # where the record of the run in the folder lies, relative to it
PICTURES = "pictures.json"
REPORT = "report.html"
LOCK = ".lock"
AT_WORK = "is at work in this folder"  # what a second process is told


@contextmanager
def occupied(folder: Path) -> Iterator[None]:
    """Inside, the folder is this process's own; ZooError where another one is at work there, or nothing can be written.

    The kernel lets the lock go with the process, however that ends, so that a dead one is in nobody's way.
    """
    require_writable(folder)
    new = not folder.exists()
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    lock = folder / LOCK
    handle = _locked(lock)
    try:
        sweep(folder, older=0)
        yield
    finally:
        lock.unlink(missing_ok=True)
        os.close(handle)
        if new:
            with suppress(OSError):  # something lies in it
                folder.rmdir()


def _locked(lock: Path) -> int:
    """An open file that nobody else holds: the one that `lock` still names when it is locked, not one just deleted."""
    while True:
        with writing(lock):
            handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _lock(handle, lock)
            with suppress(FileNotFoundError):  # its last holder has just deleted it
                if os.path.samestat(os.fstat(handle), lock.stat()):
                    return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def _lock(handle: int, path: Path) -> None:
    try:
        with writing(path):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(handle, 0)
            os.write(handle, f"process {os.getpid()} on {socket.gethostname()}".encode())
    except ZooError as error:
        if not isinstance(error.__cause__, BlockingIOError):
            raise
        holder = os.read(handle, 200).decode(errors="replace") or "another process"
        raise ZooError(
            f"{holder} {AT_WORK}",
            where=str(path.parent),
            fix="wait for it or end it, or choose another --out",
            exit_code=2,
        ) from error


def busy(folder: Path) -> bool:
    """Whether a process is at work in the folder now."""
    try:
        handle = os.open(folder / LOCK, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)  # and the lock with it
    return False


def require_room(folder: Path, *, resume: bool) -> None:
    """ZooError where a training would overwrite what an earlier run left in the folder."""
    if resume and (folder / CHECKPOINT).exists():
        return
    for name in (CHECKPOINT, WEIGHTS, RECORD):
        if (folder / name).exists():
            raise ZooError(
                f"there is a run in this folder already: {name} would be overwritten",
                where=str(folder),
                fix=f"{_go_on(name, resume)}, choose another --out, or begin anew with --force, which deletes that run",
                exit_code=2,
            )


def _go_on(name: str, resume: bool) -> str:
    if name == CHECKPOINT:
        return "add --resume to go on with it"
    return f"there is no {CHECKPOINT} to resume from: restore it" if resume else "keep it"


def clear(folder: Path) -> None:
    """Delete what a run leaves in its folder, its records excepted."""
    for name in (CHECKPOINT, WEIGHTS, RECIPE, TRACK, TIMES, LOG, RECORD, PICTURES, REPORT):
        with writing(folder / name):
            (folder / name).unlink(missing_ok=True)
    for name in (TENSORBOARD, SAMPLES):
        with writing(folder / name):
            if (folder / name).exists():
                shutil.rmtree(folder / name)
