"""`export`: a model as a file; and where it cannot be traced, why, and which variant can."""

import traceback
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from zoo.errors import ZooError
from zoo.exporting.contract import LENGTHS, Contract, Format, candidates, painted
from zoo.exporting.formats import write
from zoo.exporting.graph import traced
from zoo.interfaces import SteppedGenerator
from zoo.model import Model, build_context, build_model
from zoo.recipes.catalog import Catalog
from zoo.recipes.loading import load_recipe, variants_of
from zoo.recipes.recipe import Recipe
from zoo.recipes.request import describe
from zoo.recipes.track import Track
from zoo.regions import vocabulary

TRIED = 3  # other variants, where one cannot be exported


def export(
    model: Model, recipe: Recipe, track: Track, catalog: Catalog, path: Path, to: Format, *, weights: str | None, licence: str
) -> Contract:
    """Write `model`, built in the recipe's own words, into `path` as a graph in the format `to`; what it takes and gives.

    `weights` is the sha256 of its parameters' file. ZooError for what hangs shapes or branches on values, with a variant of the
    recipe that does not, and where the file does not give what the model gives.
    """
    _require_one_pass(model, recipe)
    batch = LENGTHS[to]
    inputs = candidates(track.size, _edges(model, recipe, catalog), layout=recipe.oracle, batch=batch)
    try:
        program, read = traced(model, track.size, inputs)
    except Exception as error:
        raise _refusal(error, recipe, track, catalog) from error
    contract = Contract(
        format=to, recipe=recipe.name, variant=recipe.variant, changes=tuple(recipe.changes), recipe_digest=recipe.digest(),
        track=track.name, weights=weights, licence=licence, size=track.size, regions=vocabulary(recipe.regions).labels,
        inputs=read, output=painted(track.size, batch), versions={"posezoo": version("posezoo"), "torch": torch.__version__},
    )  # fmt: skip
    return write(program, contract, path, model)


def _require_one_pass(model: Model, recipe: Recipe) -> None:
    if isinstance(model.generator, SteppedGenerator):
        what = f"{describe(recipe)} paints in several steps, from noise that hangs on a pair's name: a graph knows no names"
        raise ZooError(what, where="generator.wear", fix="export a recipe that paints in one step", exit_code=2)
    if recipe.sources > 1:
        what = f"{describe(recipe)} reads {recipe.sources} photos of a person, and an exported graph reads one"
        raise ZooError(what, where="sources", fix="export a recipe of one photo", exit_code=2)


def _edges(model: Model, recipe: Recipe, catalog: Catalog) -> int:
    return model.pose.channels if "edges" in catalog.component("pose", recipe.pose.use).needs else 0


def _refusal(error: Exception, recipe: Recipe, track: Track, catalog: Catalog) -> ZooError:
    what = f"{describe(recipe)} cannot be exported: {_reason(error)}"
    other = next(_exportable(recipe, track, catalog), None)
    fix = f"--variant {other} can" if other else "zoo run and zoo serve run it as it is"
    return ZooError(what, where=_place(error), fix=fix)


def _reason(error: Exception) -> str:
    if "data-dependent" in str(error) or "specialized it to be a constant" in str(error):
        return "a shape or a branch hangs on the values of a tensor, or on how many people there are"
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__


def _place(error: Exception) -> str:
    """The last line outside torch."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "torch" not in Path(f.filename).parts]
    return f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else "zoo export"


def _exportable(recipe: Recipe, track: Track, catalog: Catalog) -> Iterator[str]:
    """Variants of the recipe that can be exported, those that differ least first; of their parameters nothing hangs."""
    if recipe.changes or recipe.name not in catalog.recipes.items:
        return
    path = catalog.recipes[recipe.name]
    others = [load_recipe(path, size=track.scale, variant=name) for name in variants_of(path) if name != recipe.variant]
    for other in sorted(others, key=lambda other: _distance(recipe, other))[:TRIED]:
        context = build_context(other, track, catalog)
        model = build_model(other, context, other.regions, catalog)
        try:
            traced(model, track.size, candidates(track.size, _edges(model, other, catalog), layout=other.oracle))
        except Exception:  # whatever torch raises: this one cannot either
            continue
        yield other.variant


def _distance(one: Recipe, other: Recipe) -> int:
    """How many settings of the parts differ."""
    mine, theirs = (
        dict(_settings({name: part.model_dump(mode="json") for name, part in r.parts().items()})) for r in (one, other)
    )
    return sum(mine.get(key) != theirs.get(key) for key in mine.keys() | theirs.keys())


def _settings(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _settings(inner, f"{place}.{key}")
    else:
        yield place, value
