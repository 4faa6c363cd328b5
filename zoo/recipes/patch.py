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
    except tomllib.TOMLDecodeError:
        value = text.strip()
    for name in reversed(key.strip().split(".")):
        value = {name: value}
    return value


def patched(base: Any, patch: Any) -> Any:
    """`base` with `patch` laid over it.

    A part named anew loses the options of the part it replaces; a list of phases is patched by phase name.
    """
    if isinstance(base, list) and isinstance(patch, Mapping):
        return _patched_phases(base, patch)
    if isinstance(patch, str) and isinstance(base, Mapping) and "use" in base:
        return base if base["use"] == patch else {"use": patch, **({"weight": base["weight"]} if "weight" in base else {})}
    if not isinstance(patch, Mapping):
        return patch
    if isinstance(base, str):
        base = {"use": base}
    if not isinstance(base, Mapping) or patch.get("use", base.get("use")) != base.get("use"):
        return dict(patch)
    return {**base, **{k: patched(base.get(k), v) for k, v in patch.items()}}


def _patched_phases(phases: list[Any], patch: Mapping[str, Any]) -> list[Any]:
    names = [p.get("name", "") for p in phases]
    for name in patch:
        if name not in names:
            raise unknown("phase", name, names, where="phases")
    return [patched(p, patch.get(p.get("name", ""), {})) for p in phases]
