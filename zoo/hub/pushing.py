"""A run goes to the Hub: everything in one commit, over what another run left there. Imports no torch."""

import base64
import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.errors import ZooError
from zoo.hub.card import card, eval_results
from zoo.hub.parcel import CARD, PAIRS, RECORD, STRIP, Parcel
from zoo.hub.pulling import recipe_of, track_of
from zoo.recipes.catalog import catalog
from zoo.recipes.writing import recipe_toml, track_toml
from zoo.results.pictures import Painted
from zoo.scoring.strip import strip
from zoo.store.folder import RECIPE, TRACK, WEIGHTS
from zoo.store.hub import Pin, repository, speaking
from zoo.store.registry import registry

if TYPE_CHECKING:
    from zoo.explain import Picture

EVALS = ".eval_results"  # the folder that the Hub reads scores from


def push(
    parcel: Parcel, repo: str, *, private: bool = False, licence: str = "", benchmark: str = "", pictures: bool = False
) -> Pin:
    """Make the repository where there is none, and commit the run; the pin of that commit.

    `benchmark` is the data set on the Hub under which its scores are listed. Pictures go along where the data's licence lets
    everybody see them, or where you say that you may show them: `pictures`. ZooError where the repository changes meanwhile.
    """
    files = contents(parcel, repo, licence=licence, benchmark=benchmark, pictures=pictures)
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

    api, record = HfApi(), parcel.record
    with speaking(repo):
        api.create_repo(repo, private=private, exist_ok=True)
        now = api.model_info(repo)
        if private and not now.private:
            raise ZooError(f"{repo} is there already, and public", where="--private", fix="choose another --repo", exit_code=2)
        there = {file.rfilename for file in now.siblings or []}
        stale = [name for name in there if _ours(name) and name not in files]
        commit = api.create_commit(
            repo,
            [*(CommitOperationAdd(name, content) for name, content in files.items()), *map(CommitOperationDelete, stale)],
            commit_message=f"{record.recipe_name} on {record.track_name}: record {record.id[:12]}",
            parent_commit=now.sha,
        )
    return Pin(repo=repo, revision=commit.oid)


def _ours(name: str) -> bool:
    return name in (CARD, RECORD, PAIRS, RECIPE, TRACK, WEIGHTS, STRIP) or name.startswith(f"{EVALS}/")


def contents(
    parcel: Parcel, repo: str, *, licence: str = "", benchmark: str = "", pictures: bool = False
) -> Mapping[str, bytes | Path]:
    """What is committed, by its name."""
    repository(repo, "--repo")
    recipe, track = recipe_of(parcel.record), track_of(parcel.record)
    licence = licence or _shipped_licence(parcel)
    if not (pictures or _may_be_shown(track.dataset.use)):
        parcel = replace(parcel, painted=None)
    files: dict[str, bytes | Path] = {
        CARD: card(parcel, recipe, track, repo, licence).encode(),
        RECORD: parcel.record.encoded(),
        RECIPE: recipe_toml(recipe).encode(),
        TRACK: track_toml(track).encode(),
    }
    if parcel.weights:
        files[WEIGHTS] = parcel.weights
    if parcel.painted:
        files[STRIP] = _strip(parcel.painted)
    if parcel.pairs:
        files[PAIRS] = parcel.pairs
    if benchmark:
        listed = eval_results(parcel.record, repository(benchmark, "--benchmark"), repo)
        files[f"{EVALS}/{track.name}.yaml"] = listed.encode()
    return files


def _strip(painted: Painted) -> bytes:
    shown = ([pair.source, pair.pose, pair.output, pair.truth] for pair in painted.pairs)
    return strip([[None if png is None else _pixels(png) for png in row] for row in shown])


def _pixels(png: str) -> "Picture":
    """A PNG in base 64 as (H,W,3) uint8."""
    import numpy as np
    from PIL import Image

    with Image.open(io.BytesIO(base64.b64decode(png))) as image:
        return np.asarray(image.convert("RGB"))


def _shipped_licence(parcel: Parcel) -> str:
    """Of weights that ship with the zoo; the Hub spells its names of licences small."""
    of = {entry.sha256: entry.licence for entry in registry().weights}
    licence = of.get(parcel.record.weights.sha256 or "", "")
    return licence.lower() if " " not in licence else licence


def _may_be_shown(dataset: str) -> bool:
    found = catalog().components["dataset"].items.get(dataset)
    return bool(found and found[0][1].public)
