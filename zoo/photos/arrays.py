"""NumPy files that anybody may have made."""

from pathlib import Path
from threading import Lock

import numpy as np
from PIL import Image

from zoo.documents.reading import require_file
from zoo.errors import ZooError

_ONE_AT_A_TIME = Lock()  # NumPy reads headers with ast.literal_eval, which in Python 3.11 fails now and then among threads


def read_array(path: Path, what: str) -> np.ndarray:
    """The array of a .npy file, mapped. ZooError, which speaks of `what`, for a damaged file, objects, or enormous maps."""
    require_file(path)
    try:
        with _ONE_AT_A_TIME:
            array = np.load(path, mmap_mode="r", allow_pickle=False)  # mapped: a lying header cannot ask for memory
    except Exception as error:  # a damaged header can make NumPy raise anything
        raise ZooError(f"{what} {path.name} cannot be read: {error}", where=str(path), fix="save it with numpy.save") from error
    if not isinstance(array, np.ndarray):
        fix = "save one array with numpy.save"
        raise ZooError(f"{what} {path.name} holds several arrays", where=str(path), fix=fix)
    pixels = array.shape[0] * array.shape[1] if array.ndim > 1 else array.size
    if pixels > (most := Image.MAX_IMAGE_PIXELS or pixels):
        text = f"{what} {path.name} is enormous: {array.shape}"
        raise ZooError(text, where=str(path), fix=f"scale it to fewer than {most} pixels first")
    return array
