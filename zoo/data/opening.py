"""A data set by the name of a track, or by its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from zoo.documents.names import BEST
from zoo.errors import ZooError, unknown
from zoo.interfaces import Context, Dataset
from zoo.recipes.catalog import Catalog
from zoo.recipes.options import construct
from zoo.recipes.patch import parse_change, patched
from zoo.recipes.recipe import Part
from zoo.recipes.request import Request, resolve
from zoo.recipes.track import Track, load_track
from zoo.regions import vocabulary
from zoo.store.registry import registry


@dataclass(frozen=True)
class Opened:
    """A data set, and what it was asked for by."""

    name: str
    part: Part
    size: tuple[int, int]  # (H, W) of its images
    data: Dataset


def open_data(name: str, root: Path | None, changes: Sequence[str], catalog: Catalog) -> Opened:
    """The data set of the track `name` (or of a .toml), or the one called `name` at the size of the registry's track.

    It lies in `root`, and `changes` (`person=folder`) are laid over its options. ZooError for a name that is neither, a
    misspelt option, and whatever the data set itself cannot do without.
    """
    track = _track(name, catalog)
    track = track.at(root) if root else track
    document: dict[str, Any] = track.dataset.model_dump()
    for change in changes:
        document = patched(document, parse_change(change))
    part = Part.model_validate(document)
    if part.use != track.dataset.use:
        raise ZooError("--set changes options, not the data set", where=f"--set use={part.use}", fix=f"name {part.use} itself")
    context = Context(size=track.size, regions=_regions(catalog))
    return Opened(name, part, track.size, cast(Dataset, construct(catalog, "dataset", part, context)))


def _track(name: str, catalog: Catalog) -> Track:
    if name.endswith(".toml"):
        return load_track(Path(name))
    data = catalog.components["dataset"]
    if name in data.items:
        usual = load_track(catalog.tracks[registry().defaults.track])
        return usual.model_copy(update={"dataset": Part(use=data[name].name)})
    if name not in catalog.tracks.items:
        raise unknown("track or data set", name, [*catalog.tracks.items, *data.items], where="zoo list track, zoo list dataset")
    return load_track(catalog.tracks[name])


def _regions(catalog: Catalog) -> Any:
    """The words of a data set that names none: those of the recipe for photographs."""
    return vocabulary(resolve(Request(BEST, track=registry().defaults.photo), catalog)[0].regions)
