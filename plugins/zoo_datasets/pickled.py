"""Pickles of nothing but numbers, text, lists, dictionaries and NumPy arrays: anything else is refused, and nothing is run."""

import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np

from zoo.documents.reading import read_bounded
from zoo.errors import ZooError

LARGEST = 1 << 28  # bytes
_MULTIARRAY = ("numpy.core.multiarray", "numpy._core.multiarray")


def _array(*_: object) -> np.ndarray:
    """What pickled arrays start from: the state that follows brings shape, type and numbers."""
    return np.ndarray((0,))


def _scalar(kind: np.dtype, content: bytes | str) -> Any:
    return np.frombuffer(content.encode("latin1") if isinstance(content, str) else content, kind, 1)[0]


def _frombuffer(content: bytes, kind: np.dtype, shape: tuple[int, ...], order: str) -> np.ndarray:
    return np.frombuffer(content, kind).reshape(shape, order="F" if order == "F" else "C")


def _encode(text: str, encoding: str = "latin1") -> bytes:
    return text.encode("latin1")


_KNOWN: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): object(),  # named beside `_reconstruct`, never called
    ("numpy", "dtype"): np.dtype,
    ("_codecs", "encode"): _encode,
    **{(module, "_reconstruct"): _array for module in _MULTIARRAY},
    **{(module, "scalar"): _scalar for module in _MULTIARRAY},
    **{(module, "_frombuffer"): _frombuffer for module in ("numpy.core.numeric", "numpy._core.numeric")},
}


class _Numbers(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _KNOWN:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return _KNOWN[module, name]


def read_numbers(path: Path) -> Any:
    """What a pickle holds, of Python 2 as well; ZooError when it is damaged or holds more than numbers and text."""
    try:
        return _Numbers(io.BytesIO(read_bounded(path, LARGEST)), encoding="latin1").load()
    except ZooError:
        raise
    except Exception as error:  # a damaged pickle can raise anything
        fix = "write the joints as rows name:keypoints_y:keypoints_x"
        raise ZooError(f"{path.name} is no pickle of numbers alone: {error}", where=str(path), fix=fix) from error
