"""A run comes from the Hub: by its commit, each file checked against the record, recipe and track from the record itself.

No code comes along: what the recipe names must be installed here. Imports no torch.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zoo.documents.files import write_atomically
from zoo.documents.reading import file_sha256
from zoo.documents.strict import validated_model
from zoo.errors import ZooError
from zoo.hookspecs import Kind
from zoo.hub.parcel import PAIRS, RECORD, RESULTS
from zoo.recipes.catalog import catalog
from zoo.recipes.loading import make_recipe
from zoo.recipes.recipe import Part, Recipe
from zoo.recipes.request import RUNS
from zoo.recipes.track import Track
from zoo.recipes.writing import recipe_toml, track_toml
from zoo.results.files import read_record, write_record
from zoo.results.folder import note_record
from zoo.results.record import Record
from zoo.results.sealed import LARGEST
from zoo.store.folder import RECIPE, TRACK, WEIGHTS
from zoo.store.hub import HubFile, Pin, cached, download, pinned

LIBRARIES = ("posezoo", "torch", "python")  # among a record's versions, and no plugins


@dataclass(frozen=True)
class Pulled:
    """A run from the Hub, checked."""

    pin: Pin
    record: Record
    recipe: Recipe
    track: Track
    weights: Path | None  # in the Hub's cache; None where nothing was trained
    pairs: Path | None  # the scores of pairs; None of an older record


def pull(address: str) -> Pulled:
    """Fetch what `hf:user/name@<40 hex>` is, or take it from the Hub's cache.

    ZooError for a branch or a tag, for a file that is missing, too large or another one than the record says, for a record
    that was altered, and for parts that no plugin here offers.
    """
    pin = pinned(address)
    record = read_record(_file(pin.file(RECORD), most=LARGEST))
    recipe, track = recipe_of(record), track_of(record)
    _require_installed(recipe, track, record, address)
    promised = {WEIGHTS: record.weights.sha256, PAIRS: record.pair_scores}
    found = {name: _file(pin.file(name), sha256=sha256) for name, sha256 in promised.items() if sha256}
    return Pulled(pin, record, recipe, track, found.get(WEIGHTS), found.get(PAIRS))


def _file(file: HubFile, *, sha256: str | None = None, **bounds: Any) -> Path:
    """The right file of the Hub's cache, or fetched."""
    here = cached(file)
    if here and (sha256 is None or file_sha256(here) == sha256):
        return here
    path = download(file, **bounds)
    if sha256 is not None and (found := file_sha256(path)) != sha256:
        what = f"{file.filename} is not the file that the record speaks of: sha256 {found}, expected {sha256}"
        raise ZooError(what, where=str(file), fix="tell whoever pushed it; nothing of it was loaded")
    return path


def recipe_of(record: Record) -> Recipe:
    """The recipe that ran; ZooError where it is not the one whose digest the record tells."""
    recipe = make_recipe(record.recipe.model_dump(mode="json"), where=f"the recipe in record {record.id[:12]}")
    _require_equal("recipe", recipe.digest(), record.recipe_digest, record)
    return recipe


def track_of(record: Record) -> Track:
    """The track it ran on, without where its data lies."""
    where = f"the track in record {record.id[:12]}"
    track = validated_model(Track, record.track.model_dump(mode="json"), where)
    _require_equal("track", track.digest(), record.track_digest, record)
    return validated_model(Track, track.portable(), where)


def _require_equal(what: str, found: str, told: str, record: Record) -> None:
    if found != told:
        raise ZooError(
            f"the {what} in the record is not the one whose digest it tells: {found[:12]}..., told {told[:12]}...",
            where=f"record {record.id[:12]}",
            fix=f"it is of another version of the zoo: it was made with {record.versions.get('posezoo', '?')}",
        )


def _require_installed(recipe: Recipe, track: Track, record: Record, address: str) -> None:
    installed = catalog()
    missing = sorted({part.use for _, kind, part in _parts(recipe, track) if part.use not in installed.components[kind].items})
    if not missing:
        return
    here = {plugin.distribution for plugin in installed.plugins} | {*LIBRARIES}
    wanted = [f"{name} {version}" for name, version in record.versions.items() if name not in here]
    raise ZooError(
        f"it needs parts that no plugin here offers: {', '.join(missing)}",
        where=address,
        fix=f"look at and install what offers them{': ' + ', '.join(wanted) if wanted else ''}; no code is taken from the Hub",
        exit_code=2,
    )


def _parts(recipe: Recipe, track: Track) -> Iterator[tuple[str, Kind, Part]]:
    yield from recipe.named_parts()
    yield "dataset", "dataset", track.dataset
    yield from ((net, net, part) for net, part in track.nets().items())
    if track.judge:
        yield "judge", "judge", track.judge


def unpack(pulled: Pulled, folder: Path | None = None) -> Path:
    """Lay the files out as a run's folder: runs/hub/USER--NAME-COMMIT if not given. A file that differs is not overwritten."""
    pin = pulled.pin
    folder = folder or RUNS / "hub" / f"{pin.repo.replace('/', '--')}-{pin.revision[:12]}"
    files = {RECIPE: recipe_toml(pulled.recipe).encode(), TRACK: track_toml(pulled.track).encode()}
    if pulled.weights:
        files[WEIGHTS] = pulled.weights.read_bytes()
    for name, content in files.items():
        path = folder / name
        if path.exists() and path.read_bytes() != content:
            raise ZooError(f"another {name} lies there", where=str(folder), fix="choose another --out", exit_code=2)
    for name, content in files.items():
        write_atomically(folder / name, content)
    pairs = pulled.pairs.read_bytes() if pulled.pairs else None
    note_record(folder, write_record(pulled.record, folder / RESULTS, pairs))
    return folder
