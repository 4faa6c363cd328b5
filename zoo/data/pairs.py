"""Published lists of pairs, rebuilt from annotations."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from torch import Tensor

from zoo.errors import ZooError
from zoo.interfaces import PairList
from zoo.photos import read_rows


def list_pairs(dataset: Any, annotations: Sequence[Path], split: Literal["train", "test"]) -> PairList:
    """The pairs of the class `dataset` by the joints in its annotation files; ZooError for a split or a data set without."""
    if split not in ("train", "test"):
        raise ZooError(f"there is no split {split!r}", where="--split", fix="say train or test", exit_code=2)
    shown: dict[str, Tensor] = {name: visible for path in annotations for name, (_, visible) in read_rows(path)}
    return dataset.rebuilt(shown, split)
