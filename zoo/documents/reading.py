"""Reading a file that anybody may have put there."""

import hashlib
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zoo.errors import ZooError


def require_file(path: Path) -> None:
    """ZooError unless `path` is a regular file: whoever opens a pipe waits for ever."""
    with _reading(path):
        regular = stat.S_ISREG(path.stat().st_mode)
    if not regular:
        raise ZooError(f"{path.name} is no regular file", where=str(path), fix="give a file, not a folder, pipe or device")


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise ZooError(f"there is no file {path.name}", where=str(path.parent.resolve()), fix="check the path") from error
    except (OSError, ValueError) as error:  # ValueError: a path with a zero byte
        why = getattr(error, "strerror", None) or error
        raise ZooError(f"cannot read {path.name}: {why}", where=str(path), fix="check the path and who may read it") from error


def read_start(path: Path, count: int) -> bytes:
    """The first bytes of a regular file, or a ZooError."""
    require_file(path)
    with _reading(path), path.open("rb") as file:
        return file.read(count)


def read_bounded(path: Path, limit: int) -> bytes:
    """The content of a regular file of at most `limit` bytes.

    ZooError for everything else: nothing there, a folder, a pipe that never ends, a file too large or not to be read.
    """
    require_file(path)
    with _reading(path), path.open("rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise ZooError(f"{path.name} is larger than {limit:,} bytes", where=str(path), fix="it cannot be of this kind")
    return content


def file_sha256(path: Path) -> str:
    """The sha256 of a file's content, in hexadecimal; ZooError for what is no regular file: a pipe would never end."""
    require_file(path)
    with _reading(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
