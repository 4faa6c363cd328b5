"""How long a run has trained, in a file of its own: what else a run writes is a function of what it was asked for."""

import json
from math import isfinite
from pathlib import Path

from zoo.documents.files import write_atomically
from zoo.errors import ZooError
from zoo.store.folder import TIMES


def write_seconds(folder: Path, seconds: float) -> None:
    """Note the seconds trained so far, over all sessions of a resumed run."""
    write_atomically(folder / TIMES, json.dumps({"train_seconds": round(seconds, 1)}).encode() + b"\n")


def read_seconds(folder: Path) -> float:
    """The seconds that the run in `folder` has trained; ZooError where nobody noted them."""
    path = folder / TIMES
    try:
        seconds = float(json.loads(path.read_bytes())["train_seconds"])
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise _untold(path) from error
    if not (isfinite(seconds) and seconds >= 0):
        raise _untold(path)
    return seconds


def _untold(path: Path) -> ZooError:
    return ZooError(
        f"{path.name} does not say how long the run has trained",
        where=str(path.parent),
        fix='restore it, or write {"train_seconds": 0} into it to count from here on',
    )
