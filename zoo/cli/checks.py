"""What is refused before any file is read: outputs that would be lost, labels without a vocabulary, sizes that are none."""

import re
from collections.abc import Iterable
from pathlib import Path

from zoo.errors import ZooError
from zoo.regions import vocabulary

LONGEST = 30_000  # pixels of a side of a picture


def check_words(regions: str | None, *labels: Path | None) -> None:
    """ZooError for labels without their vocabulary, for a vocabulary without labels, and for one that nobody knows."""
    if regions:
        vocabulary(regions)
    if regions and not any(labels):
        raise ZooError("--regions is about labels, and none are given", where="--regions", fix="leave it out", exit_code=2)
    if not regions and any(labels):
        name = next(path.name for path in labels if path)
        fix = "name it: --regions cihp20, for instance"
        raise ZooError(f"the region vocabulary of {name} is not given", where="--regions", fix=fix, exit_code=2)


def check_outputs(outputs: dict[str, Path | None], inputs: Iterable[Path | None], *, force: bool) -> None:
    """ZooError for an output that is also read, or written twice, or that exists, unless `force` is given."""
    taken = [path for path in inputs if path]
    for option, path in outputs.items():
        if path is None:
            continue
        if any(_same(path, other) for other in taken):
            fix = "name a file of its own"
            raise ZooError(f"{path} is also read or written otherwise", where=option, fix=fix, exit_code=2)
        if path.exists() and not force:
            raise ZooError(f"{path} exists", where=option, fix="name a new file, or add --force", exit_code=2)
        taken.append(path)


def check_pictures(pictures: dict[str, Path | None]) -> None:
    """ZooError for a picture in a format that nobody writes, before hours of work are lost to it."""
    from zoo.photos.images import check_suffix

    for option, path in pictures.items():
        if path:
            check_suffix(path, option)


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve() or (one.exists() and other.exists() and one.samefile(other))


def read_frame(text: str | None, default: tuple[int, int]) -> tuple[int, int]:
    """`256x176` as (256, 176)."""
    if text is None:
        return default
    sides = re.fullmatch(r"([0-9]{1,9})x([0-9]{1,9})", text)
    height, width = (int(side) for side in sides.groups()) if sides else (0, 0)
    if not 0 < height <= LONGEST or not 0 < width <= LONGEST:
        fix = f"write HEIGHTxWIDTH, 256x176 for instance, neither of them more than {LONGEST}"
        raise ZooError(f"cannot read the size {text[:40]!r}", where="--target-frame", fix=fix, exit_code=2)
    return height, width
