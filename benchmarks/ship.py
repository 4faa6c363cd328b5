"""Put the weights of finished runs into benchmarks/weights and registry.toml, in place of older ones of the same recipe.

python benchmarks/ship.py runs/figures-64/scmnet-full-seed0 ...
"""

import json
import re
import sys
from pathlib import Path

from zoo.documents.files import assets, write_atomically
from zoo.documents.reading import file_sha256
from zoo.errors import ZooError
from zoo.recipes.catalog import catalog
from zoo.recipes.loading import load_recipe, sizes_of, variants_of
from zoo.recipes.recipe import Recipe
from zoo.recipes.track import Track, load_track
from zoo.store.folder import WEIGHTS
from zoo.store.tensors import read_tensors
from zoo.store.weights import claim
from zoo.training.times import read_seconds


def ship(folder: Path) -> Path:
    """Copy a run's weights, enter them into the registry, and return where they lie; ZooError for those of no known recipe."""
    about = read_tensors(folder / WEIGHTS)[1]
    recipe, track = _known(about.get("digest", ""), about.get("track_digest", ""), folder)
    target = assets() / "benchmarks" / "weights" / f"{recipe.name}-{recipe.variant}-{track.name}.safetensors"
    write_atomically(target, (folder / WEIGHTS).read_bytes())
    told = claim(about, target)
    entry = {
        "recipe": recipe.name, "variant": recipe.variant, "track": track.name, "digest": recipe.weights_digest(),
        "file": str(target.relative_to(assets())), "sha256": file_sha256(target), "licence": "Apache-2.0",
        "seed": told.seed, "steps": told.steps, "images_seen": told.images_seen,
        "train_seconds": read_seconds(folder), "precision": told.precision,
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


def _enter(entry: dict[str, object]) -> None:
    registry = assets() / "registry.toml"
    block = "[[weights]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in entry.items()) + "\n"
    sections = re.split(r"(?m)^(?=\[)", registry.read_text())
    weights = [i for i, section in enumerate(sections) if section.startswith("[[weights]]")]
    older = [i for i in weights if f'file = "{entry["file"]}"' in sections[i]]
    place = older[0] if older else weights[-1] + 1
    sections[place : place + len(older)] = [block]
    write_atomically(registry, "".join(sections).encode())


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(f"shipped {ship(Path(name))}")
