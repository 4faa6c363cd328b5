"""A recipe's file, a size, a variant and --set changes -> the recipe; and the names of its sizes and variants."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from zoo.documents.names import FULL, Name
from zoo.documents.strict import validated_model
from zoo.documents.toml import read_toml
from zoo.errors import ZooError, nearest, unknown
from zoo.recipes.patch import laid_over, parse_change, shortened
from zoo.recipes.recipe import Recipe


class _Variant(BaseModel):
    model_config = ConfigDict(extra="allow")
    summary: str = ""  # what the variant is, for `zoo list`; `Recipe.summary` says what the recipe is
    sizes: dict[Name, dict[str, Any]] = {}


class _Patches(BaseModel):
    """The patches that a recipe's file brings with it."""

    sizes: dict[Name, dict[str, Any]] = {}
    variants: dict[Name, _Variant] = {}


_CHOSEN = {
    "size": "a size is chosen by --size, or by the track",
    "variant": "a variant is chosen by --variant",
    "sizes": "set the key itself: a size is a patch under it",
    "variants": "set the key itself: a variant is a patch under it",
    "changes": "a change is made by --set",
}  # what no file and no --set says of a recipe, and who does


def load_recipe(path: Path, *, size: str = "", variant: str = FULL, changes: Iterable[str] = ()) -> Recipe:
    """Read a recipe file and resolve size, variant and `key=value` changes, in this order.

    A recipe that has sizes must have `size`; one that has none is the same at any.
    """
    document, found = _read(path)
    changes, file = list(changes), path.name
    if size and found.sizes and size not in found.sizes:
        fix = f"{nearest(size, found.sizes)}; the track's scale chooses it, or --size"
        raise ZooError(f"recipe {path.stem} has no size {size!r}", where=file, fix=fix, exit_code=2)
    if variant != FULL and variant not in found.variants:
        raise unknown("variant", variant, [FULL, *found.variants], where=file)
    chosen = found.variants.get(variant, _Variant())
    states = [(file, {**document, "variant": variant, "size": size, "changes": changes})]
    for where, patch in (
        (f"{file}: sizes.{size}", found.sizes.get(size, {})),
        (f"{file}: variants.{variant}", chosen.model_extra or {}),
        (f"{file}: variants.{variant}.sizes.{size}", chosen.sizes.get(size, {})),
        *((f"--set {shortened(change)}", parse_change(change)) for change in changes),
    ):
        _refuse_chosen(patch, where)
        states.append((where, laid_over(states[-1][1], patch, where)))
    return _made(states)


def _read(path: Path) -> tuple[dict[str, Any], _Patches]:
    """A recipe's document without its patches, and these."""
    document = read_toml(path)
    patches = validated_model(_Patches, document, path.name)
    for name, variant in patches.variants.items():
        for size in variant.sizes:
            if size not in patches.sizes:
                raise unknown("size", size, patches.sizes, where=f"{path.name}: variants.{name}.sizes")
    document = {key: value for key, value in document.items() if key not in _Patches.model_fields}
    _refuse_chosen(document, path.name)
    return document, patches


def _refuse_chosen(patch: Mapping[str, Any], where: str) -> None:
    for key in patch:
        if key in _CHOSEN:
            raise ZooError(f"{key!r} is no key of a recipe", where=where, fix=_CHOSEN[key], exit_code=2)


def _made(states: list[tuple[str, dict[str, Any]]]) -> Recipe:
    """The last state as a recipe; where it is none, the patch is to blame whose predecessor still was one."""
    *earlier, (where, document) = states
    try:
        return make_recipe(document, where=where)
    except ZooError:
        if earlier:
            _made(earlier)
        raise


def variants_of(path: Path) -> list[str]:
    """The names of a recipe's variants, the full recipe first."""
    return [FULL, *_read(path)[1].variants]


def sizes_of(path: Path) -> list[str]:
    """The names of a recipe's sizes."""
    return [*_read(path)[1].sizes]


def make_recipe(document: Mapping[str, Any], *, where: str) -> Recipe:
    """Validate a resolved document; a ZooError names the misspelt key and the nearest right one."""
    return validated_model(Recipe, document, where)
