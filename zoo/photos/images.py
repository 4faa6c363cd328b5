"""Photographs in and out."""

import io
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

from zoo.documents.files import write_atomically
from zoo.documents.reading import require_file
from zoo.errors import ZooError
from zoo.ops.image import from_uint8, to_uint8
from zoo.photos.placement import place

FORMATS = ("PNG", "JPEG", "WEBP", "BMP")
LARGE = 1 << 24  # pixels that are worked with: what has more is read, and written, at a fraction of its size
_ORIENTATION = 0x0112  # the EXIF tag
SUFFIXES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".bmp": "BMP"}


def read_image(path: Path, size: tuple[int, int] | None = None) -> Tensor:
    """A photo as (3,H,W) in [-1,1], upright, stretched to `size` (H,W) with antialiasing if given. See `open_photo`."""
    photo = open_photo(path)
    return to_tensor(place((photo.height, photo.width), size).picture(photo) if size else photo)


def open_photo(path: Path, content: bytes | None = None) -> Image.Image:
    """A photo decoded to RGB, turned upright, transparency laid over white; of more than `LARGE` pixels, at a half, a third ...

    of its size, which `photo_size` tells. `content` is the file's where it does not lie at `path` itself. ZooError when the
    file is missing, no image, truncated, of another format than `FORMATS`, or has more pixels than Pillow allows, 89 million.
    """
    with _reading(path, FORMATS, content) as file, Image.open(file, formats=FORMATS) as stored:
        return as_photo(stored, path.name, str(path))


def as_photo(stored: Image.Image, name: str, where: str) -> Image.Image:
    """A picture as `open_photo` has it; ZooError, which speaks of `name`, for one of more than 8 bits a channel."""
    if stored.mode.startswith(("I", "F")):
        raise ZooError(f"{name} has pixels of mode {stored.mode}", where=where, fix="save it with 8 bits per channel")
    picture = ImageOps.exif_transpose(_reduced(stored))
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    return picture.convert("RGB")


def _reduced(picture: Image.Image) -> Image.Image:
    """The picture itself, or averaged over blocks so that `LARGE` pixels are left; JPEG is already decoded at a fraction."""
    width, height = math.ceil(picture.width / _blocks(picture)), math.ceil(picture.height / _blocks(picture))
    picture.draft(None, (width, height))
    blocks = _blocks(picture)
    if blocks == 1:
        return picture
    turned = picture.getexif().get(_ORIENTATION, 1)
    if picture.has_transparency_data or picture.mode in ("1", "P"):  # there is no average of numbers of colours
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    smaller = picture.reduce(blocks)
    smaller.getexif()[_ORIENTATION] = turned
    return smaller


def _blocks(picture: Image.Image) -> int:
    return math.ceil(math.sqrt(picture.width * picture.height / LARGE))


def photo_size(path: Path, content: bytes | None = None) -> tuple[int, int]:
    """(H, W) of an upright photo, from its header."""
    with _reading(path, FORMATS, content) as file, Image.open(file, formats=FORMATS) as picture:
        return upright_size(picture)


def upright_size(picture: Image.Image) -> tuple[int, int]:
    """(H, W) of a picture once it is turned upright."""
    turned = picture.getexif().get(_ORIENTATION, 1) >= 5  # 5 to 8 lie on their side
    return (picture.width, picture.height) if turned else (picture.height, picture.width)


def decode(path: Path, formats: tuple[str, ...]) -> Image.Image:
    """The picture in its own mode, upright and fully read; ZooError when that cannot be."""
    with _reading(path, formats) as file, Image.open(file, formats=formats) as picture:
        return ImageOps.exif_transpose(picture)


@contextmanager
def _reading(path: Path, formats: tuple[str, ...], content: bytes | None = None) -> Iterator[Path | io.BytesIO]:
    if content is None:
        require_file(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what is odd but readable
            warnings.simplefilter("error", Image.DecompressionBombWarning)  # Pillow raises only at twice the limit
            yield path if content is None else io.BytesIO(content)
    except ZooError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        fix = f"scale it to fewer than {Image.MAX_IMAGE_PIXELS} pixels first"
        raise ZooError(f"{path.name} is enormous: {error}", where=str(path), fix=fix) from error
    except UnidentifiedImageError as error:
        fix = f"formats understood: {', '.join(formats)}"
        raise ZooError(f"{path.name} is not a readable image", where=str(path), fix=fix) from error
    except Exception as error:  # a damaged file can make Pillow raise anything
        what = f"{path.name} is damaged or truncated: {error}"
        raise ZooError(what, where=str(path), fix="fetch or export the image again") from error


def to_tensor(photo: Image.Image) -> Tensor:
    """An RGB picture as (3,H,W) in [-1,1]."""
    return from_uint8(to_bytes(photo))


def to_bytes(photo: Image.Image) -> Tensor:
    """An RGB picture as (3,H,W) uint8."""
    return torch.from_numpy(np.array(photo)).permute(2, 0, 1)


def write_image(path: Path, image: Tensor) -> None:
    """Write (3,H,W) in [-1,1], rounded to 8 bits, as `write_picture` does."""
    if image.ndim != 3 or image.shape[0] != 3:
        raise ZooError(f"cannot write an image of shape {tuple(image.shape)}", where=path.name, fix="give one image, (3,H,W)")
    write_picture(path, Image.fromarray(to_uint8(image.detach().cpu()).permute(1, 2, 0).contiguous().numpy()))


def check_suffix(path: Path, where: str = "--out") -> None:
    """ZooError for a name that does not say in which format a picture is to be written."""
    if path.suffix.lower() not in SUFFIXES:
        fix = f"end it in {', '.join(SUFFIXES)}"
        raise ZooError(f"cannot tell the format of {path.name}", where=where, fix=fix, exit_code=2)


def write_picture(path: Path, picture: Image.Image) -> None:
    """Write an RGB picture; the suffix names the format. The file appears whole or not at all."""
    check_suffix(path, path.name)
    buffer = io.BytesIO()
    try:
        picture.save(buffer, SUFFIXES[path.suffix.lower()], quality=95)
    except (OSError, ValueError) as error:  # WebP ends at 16,383 pixels, JPEG at 65,500
        what = f"{path.suffix} cannot hold a picture of {picture.width}x{picture.height}: {error}"
        raise ZooError(what, where=path.name, fix="write a .png") from error
    write_atomically(path, buffer.getvalue())
