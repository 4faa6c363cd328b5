"""From a picture as it is stored to the one that a protocol measures: the frame, the size, the way through a JPEG."""

import io
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from zoo.errors import ZooError
from zoo.photos.images import open_photo
from zoo.scoring.pictures.document import Jpeg, Preparation

Layout = Literal["person", "banded", "strip"]  # the person's own frame, at any scale; 256x256 with bands; PATN's five tiles
Role = Literal["outputs", "targets", "real"]
Bytes = NDArray[np.uint8]

BANDED = (256, 256)  # H, W
BETWEEN_BANDS = (40, 0, 216, 256)  # left, top, right, bottom
TILES, TILE = 5, {"targets": 2, "outputs": 4}  # source, its pose, target, its pose, output
_KERNELS = {"pil-bicubic": Image.Resampling.BICUBIC, "pil-bilinear": Image.Resampling.BILINEAR}


def opened(path: Path, layout: Layout | None, role: Role) -> Image.Image:
    """The picture itself; of a strip, the tile of that role."""
    photo = open_photo(path)
    if layout != "strip":
        return photo
    width, rest = divmod(photo.width, TILES)
    if rest:
        what = f"{path.name} is {photo.width} pixels wide: no strip of {TILES} tiles"
        raise ZooError(what, where=str(path), fix=f"say --layout {role}=person or {role}=banded", exit_code=2)
    left = width * TILE[role]
    return photo.crop((left, 0, left + width, photo.height))


def prepared(photo: Image.Image, path: Path, layout: Layout | None, role: Role, to: Preparation) -> Bytes:
    """(H,W,3) as `to` says, of a picture `opened` from `path`.

    ZooError where the protocol measures something that the picture does not show, where its size is another one and the
    protocol never resizes, or where nobody has said whether a square picture has bands at its sides.
    """
    photo = _framed(photo, path, layout, role, to)
    if (photo.height, photo.width) != to.size:
        photo = _resized(photo, path, to)
    if to.jpeg and _passes(to.jpeg, path, layout, role):
        photo = _through(photo, to.jpeg.quality)
    return np.asarray(photo)


def _framed(photo: Image.Image, path: Path, layout: Layout | None, role: Role, to: Preparation) -> Image.Image:
    size = photo.height, photo.width
    if layout is None and photo.height == photo.width:
        what = f"{path.name} is square: it may show a person between two bands, or a person squashed"
        raise ZooError(what, where=str(path), fix=f"say --layout {role}=banded or {role}=person", exit_code=2)
    if layout == "banded" and size != BANDED:
        what = f"{path.name} is {photo.height}x{photo.width}: pictures with bands are {BANDED[0]}x{BANDED[1]}"
        raise ZooError(what, where=str(path), fix=f"say --layout {role}=person", exit_code=2)
    if to.frame == "whole" and layout != "banded":
        what = f"the protocol measures whole frames with the bands at their sides, which {path.name} does not show"
        fix = f"leave this protocol out, or give whole frames and say --layout {role}=banded"
        raise ZooError(what, where=str(path), fix=fix, exit_code=2)
    return photo.crop(BETWEEN_BANDS) if to.frame == "person" and layout == "banded" else photo


def _resized(photo: Image.Image, path: Path, to: Preparation) -> Image.Image:
    if to.resize == "none":
        what = f"{path.name} is {photo.height}x{photo.width}: the protocol measures {to.size[0]}x{to.size[1]} and never resizes"
        raise ZooError(what, where=str(path), fix="make pictures of that size, or choose another protocol", exit_code=2)
    return photo.resize(to.size[::-1], _KERNELS[to.resize])


def _passes(jpeg: Jpeg, path: Path, layout: Layout | None, role: Role) -> bool:
    """Whether the picture still has its way through a JPEG before it."""
    if layout == "strip" or (role == "targets" and jpeg.of == "outputs"):
        return jpeg.again and role == "outputs"
    return jpeg.again or role == "targets" or path.suffix.lower() not in (".jpg", ".jpeg")


def _through(photo: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    photo.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer, formats=["JPEG"]).convert("RGB")


def as_mask(path: Path, size: tuple[int, int]) -> NDArray[Any]:
    """(H,W) bool of a silhouette picture: what is brighter than half."""
    grey = open_photo(path).convert("L")
    return np.asarray(grey.resize(size[::-1], Image.Resampling.NEAREST)) > 127
