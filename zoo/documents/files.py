"""Where the project's own files lie, in a checkout and in an installed wheel, and how files are written."""

import os
import tempfile
from pathlib import Path

from zoo.errors import ZooError


def assets() -> Path:
    """The folder that holds registry.toml and benchmarks/: the checkout, or zoo/_assets of an installed wheel."""
    package = Path(__file__).parent.parent
    packed = package / "_assets"
    return packed if packed.is_dir() else package.parent


def write_atomically(path: Path, content: bytes) -> None:
    """Write under a unique temporary name, fsync, rename: a reader sees the old file or the whole new one."""
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise ZooError(
            f"could not write {path.name}: {error.strerror}",
            where=str(path.parent),
            fix="free disk space or choose another --out; the previous file, if any, is untouched",
        ) from error
