"""A resolved recipe as TOML that `zoo run --recipe FILE` reads back."""

import json
from collections.abc import Mapping
from typing import Any

from zoo.recipes.recipe import Recipe


def recipe_toml(recipe: Recipe) -> str:
    """The recipe as a file. Absent parts are left out; the variant, size and changes that led to it are history."""
    document = recipe.model_dump(exclude={"variant", "size", "changes"})
    losses, phases = document.pop("losses"), document.pop("phases")
    blocks = [_pairs(document)]
    blocks += [f"[losses]\n{_pairs(losses)}"] if losses else []
    blocks += [f"[[phases]]\n{_pairs(phase)}" for phase in phases]
    return "\n\n".join(blocks) + "\n"


def _pairs(content: Mapping[str, Any]) -> str:
    return "\n".join(f"{_key(k)} = {_value(v)}" for k, v in content.items() if v is not None)


def _key(key: str) -> str:
    return key if key.isascii() and key.replace("_", "").replace("-", "").isalnum() else _value(key)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items() if v is not None) + " }"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, float):
        return repr(value)  # TOML spells inf and nan as Python does
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # else a TOML string escapes as JSON does
