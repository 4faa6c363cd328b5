"""How sizes, variants and --set changes are laid over a recipe's document."""

import tomllib
from collections.abc import Mapping
from typing import Any

from zoo.errors import ZooError, unknown


def parse_change(change: str) -> dict[str, Any]:
    """`merge.levels=2` -> {"merge": {"levels": 2}}; the value is TOML, or else a plain string."""
    key, equals, text = change.partition("=")
    if not equals or not all(key.strip().split(".")):
        raise ZooError(f"cannot read change {change!r}", where="--set", fix="write --set key=value", exit_code=2)
    try:
        value: Any = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError as error:
        value = text.strip()
        if value.startswith(("[", "{", '"', "'")):
            fix = f"""quote the texts inside, and all of it from the shell: '{key.strip()}=["mine.part"]'"""
            raise ZooError(
                f"cannot read the value of {key.strip()}: {value[:60]}", where="--set", fix=fix, exit_code=2
            ) from error
    except (RecursionError, ValueError) as error:  # a number of thousands of digits, lists inside lists
        raise ZooError(
            f"cannot read the value of {key.strip()}", where="--set", fix="write a simpler value", exit_code=2
        ) from error
    for name in reversed(key.strip().split(".")):
        value = {name: value}
    return value


def laid_over(recipe: Mapping[str, Any], patch: Mapping[str, Any], where: str = "") -> dict[str, Any]:
    """The recipe's document with `patch`, which stands `where`, laid over it.

    What phases freeze inside a part goes with the part, as its options do.
    """
    result = dict(patched(recipe, patch, where))
    replaced = {name for name, part in recipe.items() if _used(part) != _used(result.get(name))}
    told = patch.get("phases", {})
    if replaced and isinstance(told, Mapping) and isinstance(result.get("phases"), list):
        result["phases"] = [_thawed(phase, replaced, told) for phase in result["phases"]]
    return result


def patched(base: Any, patch: Any, where: str = "") -> Any:
    """`base` with `patch` laid over it.

    A part named anew loses the options of the part it replaces and what that wore; a loss keeps its weight. A list is patched
    by the names of what it holds: phases by theirs, wrappers by their last word (`merge.wear.photo.along`).
    """
    if isinstance(base, list) and isinstance(patch, Mapping) and "use" not in patch:
        return _patched_each(base, patch, where)
    if isinstance(patch, str) and isinstance(base, Mapping) and "use" in base:
        return base if base["use"] == patch else {"use": patch, **({"weight": base["weight"]} if "weight" in base else {})}
    if not isinstance(patch, Mapping):
        return patch
    if isinstance(base, str):
        base = {"use": base}
    if not isinstance(base, Mapping) or patch.get("use", base.get("use")) != base.get("use"):
        return dict(patch)
    return {**base, **{k: patched(base.get(k), v, where) for k, v in patch.items()}}


def brief(component: str) -> str:
    """`photo` of `base.photo`: what --set calls a wrapper."""
    return component.rpartition(".")[2]


def _patched_each(items: list[Any], patch: Mapping[str, Any], where: str) -> list[Any]:
    names = [name for item in items if (name := _name(item))]
    for name in patch:
        if name not in names:
            phases = any(isinstance(item, Mapping) and "name" in item for item in items)
            raise unknown("phase" if phases else "wrapper", name, names, where=where)
    return [patched(item, patch.get(_name(item), {}), where) for item in items]


def _name(item: Any) -> str:
    """A phase's name, or a wrapper's last word."""
    if isinstance(item, Mapping) and "name" in item:
        return str(item["name"])
    return brief(str(_used(item) or ""))


def _used(part: Any) -> Any:
    return part.get("use") if isinstance(part, Mapping) else part if isinstance(part, str) else None


def _thawed(phase: Any, parts: set[str], told: Mapping[str, Any]) -> Any:
    """The phase without what it freezes inside `parts`, unless the patch has just told it to."""
    frozen = phase.get("freeze") if isinstance(phase, Mapping) else None
    mine = told.get(_name(phase))
    if not isinstance(frozen, list) or (isinstance(mine, Mapping) and "freeze" in mine):
        return phase
    return {**phase, "freeze": [module for module in frozen if str(module).split(".")[0] not in parts]}


def shortened(change: str) -> str:
    """A change as errors quote it."""
    return change if len(change) <= 100 else f"{change[:100]}..."
