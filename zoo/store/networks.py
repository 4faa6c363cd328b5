"""Files of frozen networks: where they may lie, which of them is the right one, and how it comes here. Imports no torch.

Nothing is fetched unasked, and nothing is used before its sha256 is the registry's.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.request import urlopen

from zoo.documents.files import writing
from zoo.documents.progress import ticking
from zoo.documents.reading import file_sha256
from zoo.errors import ZooError
from zoo.store.hub import cached, download
from zoo.store.registry import NetworkEntry

if TYPE_CHECKING:
    from torch import Tensor

FOLDER = "ZOO_NETWORKS"  # the environment variable that names our own folder of networks
_BLOCK = 1 << 20  # bytes taken at once


def folder() -> Path:
    """Where fetched networks are kept: $ZOO_NETWORKS, or ~/.cache/zoo/networks."""
    return Path(os.environ.get(FOLDER) or Path.home() / ".cache" / "zoo" / "networks").expanduser()


def find(entry: NetworkEntry) -> Path | None:
    """The first place where the file lies, whatever is in it: its package, our folder, torch's cache, the Hub's cache."""
    return next((path for path in _places(entry) if path.is_file()), None)


def _places(entry: NetworkEntry) -> Iterator[Path]:
    if entry.package:
        if path := in_package(entry.package, entry.file):
            yield path
        return
    for name in _names(entry):
        yield folder() / name
    for name in _names(entry):
        yield _torch_cache() / name
    if entry.hub and (path := cached(entry.hub)):
        yield path


def in_package(package: str, file: str) -> Path | None:
    """The file, named from the folder of an installed package; None where package or file is not here. Imports nothing."""
    spec = find_spec(package) if package.isidentifier() else None
    roots = (spec and spec.submodule_search_locations) or ()
    return next((path for root in roots if (path := Path(root) / file).is_file()), None)


def _names(entry: NetworkEntry) -> list[str]:
    return [entry.file, *entry.also]


def _torch_cache() -> Path:
    """Where torch.hub and torchvision keep what they fetch."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("TORCH_HOME") or Path(cache) / "torch").expanduser() / "hub" / "checkpoints"


def require(entry: NetworkEntry) -> Path:
    """The file, hashed; ZooError where it is absent (with the command that fetches it) or another one."""
    path = find(entry)
    if path is None:
        raise absent(entry)
    require_right(entry, path, where=str(path))
    return path


def is_here(entry: NetworkEntry) -> bool:
    """Whether the right file lies in some place."""
    path = find(entry)
    return path is not None and file_sha256(path) == entry.sha256


def absent(entry: NetworkEntry) -> ZooError:
    """What is missing, and how to get it."""
    if entry.package:
        what = f"{entry.package} lacks {entry.file}, the network {entry.name}"
        return ZooError(what, where=f"package {entry.package}", fix=f"pip install --force-reinstall {entry.package}")
    return ZooError(
        f"the network {entry.name} is not here: {entry.file}, {entry.size:,} bytes, sha256 {entry.sha256}",
        where=str(folder()),
        fix=f"zoo prefetch {entry.name}, or zoo prefetch {entry.name} --from FILE where you have it already",
    )


def require_right(entry: NetworkEntry, path: Path, where: str) -> None:
    """ZooError unless the sha256 of `path`, which comes from `where`, is the entry's."""
    found = file_sha256(path)
    if found == entry.sha256:
        return
    size = path.stat().st_size
    cut = f"; of {entry.size:,} bytes it has {size:,}, as if it had broken off on its way" if size < entry.size else ""
    raise ZooError(
        f"this is not {entry.file}, the network {entry.name}: sha256 {found}, expected {entry.sha256}{cut}",
        where=where,
        fix=f"fetch it again: zoo prefetch {entry.name}",
    )


def adopt(entry: NetworkEntry, source: Path) -> Path:
    """Copy a file, or the one of the right name in a folder, to our folder, if it is the right one."""
    path = _named(entry, source) if source.is_dir() else source
    require_right(entry, path, where=str(path))
    with _arriving(entry, str(path)) as copy:
        shutil.copyfile(path, copy)
    return folder() / entry.file


def _named(entry: NetworkEntry, folder: Path) -> Path:
    names = file_names(entry)
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise ZooError(f"no {' or '.join(names)} lies there", where=str(folder), fix=f"give the file of {entry.name} itself")


def file_names(entry: NetworkEntry) -> list[str]:
    """The names under which the file may have been saved."""
    return [*_names(entry), *([PurePosixPath(entry.hub.filename).name] if entry.hub else [])]


def fetch(entry: NetworkEntry) -> Path:
    """Bring the file here from where the registry says, and check it."""
    if entry.package:
        raise absent(entry)
    if entry.hub:
        path = download(entry.hub, mend=f"or fetch it yourself: zoo prefetch {entry.name} --from FILE")
        require_right(entry, path, where=str(entry.hub))
        return path
    with _arriving(entry, entry.url) as path:
        _retrieve(entry, path)
    return folder() / entry.file


@contextmanager
def _arriving(entry: NetworkEntry, origin: str) -> Iterator[Path]:
    """A temporary file in our folder; at the end it takes the entry's name, if it is the right one."""
    target = folder() / entry.file
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp")
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            require_right(entry, temporary, origin)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)


def _retrieve(entry: NetworkEntry, path: Path) -> None:
    with path.open("wb") as file:
        for block in ticking(_blocks(entry), f"{entry.file}, MiB", -(-entry.size // _BLOCK)):
            file.write(block)


def _blocks(entry: NetworkEntry) -> Iterator[bytes]:
    try:
        with urlopen(entry.url, timeout=60) as answer:
            while block := answer.read(_BLOCK):
                yield block
    except OSError as error:
        raise ZooError(
            f"could not fetch {entry.file}: {getattr(error, 'reason', error)}",
            where=entry.url,
            fix=f"check the connection and run again, or fetch it yourself: zoo prefetch {entry.name} --from FILE",
        ) from error


def tensors(entry: NetworkEntry) -> "dict[str, Tensor]":
    """What is in the network's file, by name. Imports torch; a pickle is read as tensors and nothing else."""
    return _read(require(entry))


def own_tensors(path: Path, sha256: str, where: str) -> "dict[str, Tensor]":
    """What is in a file of the user's own, once its sha256 is what `where` says it is."""
    if (found := file_sha256(path)) != sha256:
        raise ZooError(
            f"{path.name} is another file: sha256 {found}, expected {sha256 or 'none yet'}",
            where=where,
            fix=f'if you trust where it came from, write sha256 = "{found}" there',
        )
    return _read(path)


def _read(path: Path) -> "dict[str, Tensor]":
    from zoo.store.tensors import read_pickled, read_tensors

    return read_tensors(path)[0] if path.suffix == ".safetensors" else read_pickled(path)
