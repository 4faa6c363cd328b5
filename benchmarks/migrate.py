"""Rewrite what was measured while the carried photo and its kin were options of the papers' parts into recipes that wear them.

python benchmarks/migrate.py    # benchmarks/results, benchmarks/weights, registry.toml; what is as it should be stays untouched

A record keeps its scores and, as `was`, its old id. What the new recipe cannot say stays as it was: partflow with another
merging operator, whose shortcut read a coarse level smoothly.
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from zoo.documents.files import assets, write_atomically
from zoo.documents.reading import file_sha256
from zoo.errors import ZooError
from zoo.model import build
from zoo.recipes.catalog import catalog
from zoo.recipes.loading import make_recipe
from zoo.recipes.recipe import Recipe
from zoo.recipes.request import Request, resolve
from zoo.recipes.trained import as_trained
from zoo.results.files import read_record, write_record
from zoo.results.pairs import pairs_name
from zoo.results.record import Record
from zoo.store.tensors import read_tensors
from zoo.store.weights import save_weights

Part = dict[str, Any]
Document = dict[str, Any]
AUGMENT = {
    "affine": "affine", "rotate": "rotate", "zoom": "zoom", "shift": "shift", "bend": "bend", "flip": "flip",
    "region_drop": "drop", "face_guest": "guest", "shuffle_rows": "shuffle_rows",
}  # fmt: skip
ADDED = {"use": "base.over", "how": "add"}


def migrated(recipe: Document) -> Document | None:
    """A resolved recipe in today's words: itself if nothing was said otherwise, None for what they cannot say."""
    rule = RULES.get(recipe["name"])
    document = json.loads(json.dumps(recipe))
    return rule(document) if rule else document


def _scmnet(recipe: Document) -> Document:
    style, merge, generator = recipe["style"], recipe["merge"], recipe["generator"]
    if "match" in recipe["losses"] and recipe["losses"]["match"]["use"] == "scmnet.self_match":
        recipe["losses"]["match"]["use"] = "base.self_match"
        style["colours"] = True  # it could not be switched off
    places = [{"use": "base.places", **_if(merge, "body", "channels", 32), **_if(merge, "jitter", "jitter")}]
    photo = [{"use": "base.photo_in_style"}] if style.pop("pixels", False) else []
    _wear(merge, *(places if merge.pop("body", 0) else []), *photo)
    merge.pop("jitter", None)
    _wear(generator, *([ADDED] if generator.pop("shortcut", False) else []))
    moves = {new: style.pop(old) for old, new in AUGMENT.items() if old in style}
    return {**recipe, "style": {**style, **({"augment": moves} if moves else {})}}


def _spgnet(recipe: Document) -> Document:
    merge, generator = recipe["merge"], recipe["generator"]
    skeletons = [{"use": "base.skeletons"}] if merge.pop("skinned", False) else []
    _wear(merge, *skeletons, *([{"use": "base.photo"}] if merge.pop("photo", False) else []))
    _wear(generator, *([{"use": "base.over"}] if generator.pop("blend", False) else []))
    return recipe


def _partflow(recipe: Document) -> Document | None:
    style, merge, generator = recipe["style"], recipe["merge"], recipe["generator"]
    if generator.get("shortcut") and not merge.get("photo"):
        return None
    if style.pop("shortcut", False):
        style["colours"] = True
    skeletons = [{"use": "base.skeletons", "leash": 0.0625}] if merge.pop("skinned", False) else []
    _wear(merge, *skeletons, *([{"use": "base.photo"}] if merge.pop("photo", False) else []))
    _wear(generator, *([ADDED] if generator.pop("shortcut", False) else []))
    return recipe


def _spt(recipe: Document) -> Document:
    style, merge, generator = recipe["style"], recipe["merge"], recipe["generator"]
    _wear(merge, *([{"use": "base.photo_in_style", "lowest": 0}] if style.pop("colours", False) else []))
    if generator.pop("shortcut", False):
        generator["quiet"] = True
        _wear(generator, ADDED)
    return recipe


RULES: dict[str, Callable[[Document], Document | None]] = {
    "scmnet": _scmnet, "spgnet": _spgnet, "partflow": _partflow, "spt": _spt,
}  # fmt: skip
WORN_APART = {  # --set changes that named another merging operator: what it goes on wearing must now be said
    "scmnet": "merge.wear=base.photo_in_style",
    "spt": 'merge.wear={ use = "base.photo_in_style", lowest = 0 }',
}


def _if(part: Part, old: str, new: str, usual: Any = None) -> Part:
    return {new: part[old]} if old in part and part[old] != usual else {}


def _wear(part: Part, *wrappers: Part) -> None:
    if wrappers:
        part["wear"] = [dict(wrapper) for wrapper in wrappers]


def migrated_changes(recipe: Document) -> list[str]:
    """The --set changes of an old recipe that lead to the same one today."""
    changes: list[str] = recipe["changes"]
    renamed = any(re.match(r"merge\s*=", change) for change in changes)
    worn = WORN_APART.get(recipe["name"]) if renamed else None
    return [*changes, worn] if worn else changes


def migrated_record(path: Path, sha256: Mapping[str, str]) -> Record | None:
    """The record in today's words, or None where it needs no change or cannot be said. `sha256`: of weights, old -> new."""
    old = read_record(path)
    before = old.recipe.model_dump(mode="json")
    document = migrated(before)
    if document is None or document == before:
        return None
    document["changes"] = migrated_changes(before)
    recipe = make_recipe(document, where=path.name)
    weights = old.weights.model_copy(update={"sha256": sha256.get(old.weights.sha256 or "", old.weights.sha256)})
    content = old.model_dump(mode="json") | {
        "recipe": recipe.model_dump(mode="json"), "recipe_digest": recipe.digest(), "was": old.was or old.id,
    }  # fmt: skip
    del content["id"]
    return Record.of(content | {"weights": weights.model_dump(mode="json")})


def migrated_tensors(recipe: Recipe, tensors: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights of a model under the names that its parts have inside what they wear."""
    names = {name.replace(".inner", ""): name for name in expected}
    renamed = {_renamed(recipe.name, name): tensor for name, tensor in tensors.items()}
    if "generator.net.paint.weight" in renamed:  # the share was a fourth channel of the paint
        for kind in ("weight", "bias"):
            paint = renamed.pop(f"generator.net.paint.{kind}")
            renamed[f"generator.paint.{kind}"], renamed[f"generator.share.{kind}"] = paint[:3].clone(), paint[3:].clone()
    moved = {names.get(name, name): tensor for name, tensor in renamed.items()}
    if moved.keys() != expected.keys():
        raise ZooError(f"cannot place {sorted(moved.keys() ^ expected.keys())[:3]}", where=f"weights of {recipe.name}")
    return moved


def _renamed(recipe: str, name: str) -> str:
    name = re.sub(r"^generator\.(net\.reading|shortcut(\.0)?)\.(weight|bias)$", r"generator.reading.\3", name)
    return re.sub(r"^(style\.encoders\.\d+)\.shortcut\.", r"\1.colours.", name) if recipe == "partflow" else name


def migrate_weights(folder: Path, registry: Path) -> dict[str, str]:
    """Rewrite the shipped weights and their entries; the sha256 of what was rewritten, old -> new."""
    changed: dict[str, str] = {}
    text = registry.read_text(encoding="utf-8")
    for path in sorted(folder.glob("*.safetensors")):
        tensors, about = read_tensors(path)
        recipe, track = resolve(Request(about["recipe"], about["variant"], about["track"]), catalog())
        bare = as_trained(recipe, catalog())
        if about["architecture"] == bare.architecture() and about["digest"] == bare.digest():
            continue
        expected = build(recipe, track, catalog()).model.state_dict()
        before, was = file_sha256(path), about["digest"]
        about |= {"architecture": bare.architecture(), "digest": bare.digest()}
        after = save_weights(migrated_tensors(recipe, tensors, expected), path, about)
        text = text.replace(was, about["digest"]).replace(before, after)
        changed[before] = after
    write_atomically(registry, text.encode())
    return changed


def migrate_records(folder: Path, sha256: Mapping[str, str]) -> int:
    """Rewrite the records of a folder under their new ids; how many."""
    count = 0
    for path in sorted(folder.glob("*.json")):
        record = migrated_record(path, sha256)
        if record is not None:
            pairs = path.with_name(pairs_name(read_record(path)))
            write_record(record, folder, pairs.read_bytes() if pairs.exists() else None)
            for old in (path, pairs):
                old.unlink(missing_ok=True)
            count += 1
    return count


def main() -> None:
    """Migrate what is committed."""
    benchmarks = assets() / "benchmarks"
    changed = migrate_weights(benchmarks / "weights", assets() / "registry.toml")
    print(f"{len(changed)} weights, {migrate_records(benchmarks / 'results', changed)} records rewritten")


if __name__ == "__main__":
    main()
