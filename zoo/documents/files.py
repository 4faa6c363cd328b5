"""Where the project's own files lie, in a checkout and in an installed wheel, and how files are written."""

import errno
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zoo.errors import ZooError

ABANDONED = 3600.0  # seconds after which a temporary file has no writer any more
KEEP = "ZOO_KEEP"  # names a folder for what several processes would make alike: rendered pictures, say
PHASES = "ZOO_PHASES"  # names a folder for what first phases come to, which several trainings have in common
_NAME = "????????"  # the characters tempfile draws
_MENDS = {
    errno.ENOSPC: "free disk space or choose another --out",
    errno.EDQUOT: "free disk space or choose another --out",
    errno.EEXIST: "a file is in the way: choose another --out",
    errno.ENOTDIR: "a file is in the way: choose another --out",
    errno.EISDIR: "a folder is in the way: choose another --out",
    errno.ENAMETOOLONG: "choose a shorter name",
}


def assets() -> Path:
    """The folder that holds registry.toml and benchmarks/: the checkout, or zoo/_assets of an installed wheel."""
    package = Path(__file__).parent.parent
    packed = package / "_assets"
    return packed if packed.is_dir() else package.parent


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Inside, an OSError becomes a ZooError that names `path`, the reason and the mend."""
    try:
        yield
    except OSError as error:
        raise ZooError(
            f"could not write {path.name}: {error.strerror}",
            where=str(path.parent),
            fix=_MENDS.get(error.errno or 0, "choose another --out, which you may write to"),
        ) from error


def write_atomically(path: Path, content: bytes) -> None:
    """Write under a unique temporary name, fsync, rename: a reader sees the old file or the whole new one."""
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(0o644)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def require_writable(folder: Path) -> None:
    """ZooError where nothing can be written into a folder, whether it is there already or is still to be made."""
    with writing(folder), tempfile.TemporaryFile(dir=_nearest(folder)):
        pass


def _nearest(folder: Path) -> Path:
    """The first that exists of a folder and those around it."""
    return next(place for place in (folder, *folder.absolute().parents) if place.exists())


def sweep(folder: Path, older: float = ABANDONED) -> None:
    """Remove what killed writers left half written `older` seconds ago."""
    for temporary in folder.glob(f".*.{_NAME}.tmp"):
        with writing(temporary):
            if time.time() - temporary.stat().st_mtime >= older:
                temporary.unlink(missing_ok=True)


def require_space(folder: Path, needed: int) -> None:
    """A ZooError before the work begins where the disk has fewer than `needed` bytes left."""
    with writing(folder):
        free = shutil.disk_usage(_nearest(folder)).free
    if free < needed:
        raise ZooError(
            f"the disk is too full: {free / 1e6:,.1f} MB are free, this run needs {needed / 1e6:,.1f} MB",
            where=str(folder),
            fix=_MENDS[errno.ENOSPC],
        )
