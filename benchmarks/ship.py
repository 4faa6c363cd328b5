"""Put the weights of finished runs into benchmarks/weights and registry.toml, in place of older ones of the same recipe.

    python benchmarks/ship.py runs/figures-64/scmnet-full-seed0 ...

Weights that saw photographs need --licence, which says whose; those that take an older file's place keep its licence.
"""

import argparse
import json
import tomllib
from pathlib import Path

from zoo.documents.files import assets, write_atomically
from zoo.documents.reading import file_sha256
from zoo.errors import ZooError
from zoo.recipes.catalog import catalog
from zoo.recipes.loading import load_recipe, sizes_of, variants_of
from zoo.recipes.recipe import Recipe
from zoo.recipes.track import Track, load_track
from zoo.recipes.trained import as_trained
from zoo.store.folder import WEIGHTS
from zoo.store.tensors import read_tensors
from zoo.store.weights import claim
from zoo.training.times import read_seconds

_HEAD = "[[weights]]\n"


def ship(folder: Path, licence: str = "") -> Path:
    """Copy a run's weights, enter them into the registry, and return where they lie; ZooError for those of no known recipe."""
    about = read_tensors(folder / WEIGHTS)[1]
    recipe, track = _known(about.get("digest", ""), about.get("track_digest", ""), folder)
    target = assets() / "benchmarks" / "weights" / f"{recipe.name}-{recipe.variant}-{track.name}.safetensors"
    file = str(target.relative_to(assets()))
    licence = licence or _licence(file, track)
    told, seconds = claim(about, folder / WEIGHTS), read_seconds(folder)
    write_atomically(target, (folder / WEIGHTS).read_bytes())
    entry = {
        "recipe": recipe.name, "variant": recipe.variant, "track": track.name, "digest": as_trained(recipe, catalog()).digest(),
        "file": file, "sha256": file_sha256(target), "licence": licence, "seed": told.seed, "steps": told.steps,
        "images_seen": told.images_seen, "train_seconds": seconds, "precision": told.precision,
    }  # fmt: skip
    _enter(entry)
    return target


def _known(digest: str, track_digest: str, folder: Path) -> tuple[Recipe, Track]:
    """The recipe and the track, of those installed, that the weights say they are of."""
    tracks = [load_track(catalog().tracks[name]) for name in catalog().tracks.usable()]
    for track in (track for track in tracks if track.digest() == track_digest):
        for path in (catalog().recipes[name] for name in catalog().recipes.usable()):
            size = track.scale if track.scale in sizes_of(path) else ""
            for recipe in (load_recipe(path, size=size, variant=variant) for variant in variants_of(path)):
                if recipe.digest() == digest:
                    return recipe, track
    raise ZooError("these weights are of no installed recipe and track", where=str(folder), fix="ship runs without --set")


def _licence(file: str, track: Track) -> str:
    """That of the weights whose place is taken; ours, where no photograph was seen."""
    for paragraph in _paragraphs():
        if paragraph.startswith(_HEAD) and f'file = "{file}"' in paragraph:
            return str(tomllib.loads(paragraph)["weights"][0]["licence"])
    if "photographs" in catalog().component("dataset", track.dataset.use).gives:
        raise ZooError(f"weights of track {track.name} saw photographs", where=file, fix="say whose: --licence")
    return "Apache-2.0"


def _paragraphs() -> list[str]:
    """The registry's entries and comments."""
    return (assets() / "registry.toml").read_text(encoding="utf-8").split("\n\n")


def _enter(entry: dict[str, object]) -> None:
    """In the older one's place, or after the last of the weights."""
    block = _HEAD + "\n".join(f"{key} = {json.dumps(value)}" for key, value in entry.items())
    paragraphs = _paragraphs()
    weights = [i for i, paragraph in enumerate(paragraphs) if paragraph.startswith(_HEAD)]
    older = [i for i in weights if f'file = "{entry["file"]}"' in paragraphs[i]]
    place = older[0] if older else weights[-1] + 1
    paragraphs[place : place + len(older)] = [block]
    write_atomically(assets() / "registry.toml", "\n\n".join(paragraphs).encode())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--licence", default="")
    asked = parser.parse_args()
    for run in asked.runs:
        print(f"shipped {ship(run, asked.licence)}")
