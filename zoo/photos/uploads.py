"""Photos that come as bytes from somebody else's machine: bounded before they are decoded, and never a file."""

from pathlib import Path, PurePath

from PIL import Image

from zoo.errors import ZooError
from zoo.photos.images import open_photo, photo_size
from zoo.photos.placement import at_most
from zoo.photos.subject import Subject

MEGABYTES = 20  # of a photo at most
MEGAPIXELS = 50  # likewise
WORKED_WITH = 1 << 22  # pixels at most that a photo is kept in, and a result made in


def opened(name: str, content: bytes, where: str) -> Subject:
    """The photo in a file's bytes, nobody seen yet; ZooError for one that is too large, damaged or none.

    `where` it was handed over is what errors say.
    """
    path = Path(PurePath(name).name)
    if len(content) > MEGABYTES << 20:
        fix = f"give a photo of at most {MEGABYTES} MB"
        raise ZooError(f"{path} has {len(content) >> 20} MB", where=where, fix=fix)
    height, width = photo_size(path, content)
    if height * width > MEGAPIXELS * 1_000_000:
        what = f"{path} has {height * width / 1e6:.0f} million pixels"
        raise ZooError(what, where=where, fix=f"give a photo of at most {MEGAPIXELS} million")
    size = at_most((height, width), WORKED_WITH)
    return Subject(size, str(path), open_photo(path, content).resize(size[::-1], Image.Resampling.LANCZOS))
