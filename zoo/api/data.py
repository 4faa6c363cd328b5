"""`zoo.check_data`, `zoo.prepare_data`, `zoo.list_pairs`: what lies on disk."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from zoo.api.asking import listed
from zoo.documents.files import write_atomically
from zoo.recipes.catalog import catalog, import_component

if TYPE_CHECKING:
    from zoo.data import Opened, Survey
    from zoo.interfaces import PairList

Changes = str | Iterable[str] | Mapping[str, object]


def check_data(
    name: str | Path, *, root: str | Path | None = None, changes: Changes = (), sheet: str | Path | None = None
) -> "Survey":  # fmt: skip
    """Look over a data set, by a track, its .toml file or the data set's own name: `.lines()`, `.json()`.

    It lies in `root`, or where the track says; `changes` are laid over its options; `sheet` is a picture of samples to write.
    ZooError where it is not there, with what is missing and how to get it.
    """
    from zoo.data import survey
    from zoo.data.sheet import write_data_sheet

    opened = _opened(name, root, changes)
    found = survey(opened)
    if sheet:
        write_data_sheet(Path(sheet), opened)
    return found


def prepare_data(name: str | Path, *, root: str | Path | None = None, changes: Changes = ()) -> Path:
    """Decode the photos of a data set to the track's size into shards, and say where; what is done is not done again.

    Whoever reads the data set at this size reads them from then on. ZooError where it is not there.
    """
    return _opened(name, root, changes).data.prepare()


def list_pairs(
    name: str, annotations: Sequence[str | Path], *, out: str | Path | None = None, split: Literal["train", "test"] = "test"
) -> "PairList":
    """The pairs that a data set is trained or scored on, rebuilt from annotation files.

    `.verdict` says whether they are the published ones. They are written as a csv from,to into `out`, if given.
    """
    component = catalog().component("dataset", name)
    from zoo.data.pairs import list_pairs as rebuilt

    done = rebuilt(import_component(component), [Path(path) for path in annotations], split)
    if out:
        lines = ["from,to", *(f"{source},{target}" for source, target in done.pairs)]
        write_atomically(Path(out), ("\n".join(lines) + "\n").encode())
    return done


def _opened(name: str | Path, root: str | Path | None, changes: Changes) -> "Opened":
    from zoo.data import open_data

    return open_data(str(name), Path(root) if root else None, listed(changes), catalog())
