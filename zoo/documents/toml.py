"""Reading and writing TOML."""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zoo.documents.reading import read_bounded
from zoo.errors import ZooError

LARGEST = 1 << 20  # bytes; the zoo's own files take 15,000


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file as a dictionary; a ZooError with the line when it does not parse."""
    content = read_bounded(path, LARGEST)
    try:
        return tomllib.loads(content.decode())
    except RecursionError as error:
        raise ZooError(f"{path.name} is nested too deep", where=str(path), fix="write it flat", exit_code=2) from error
    except ValueError as error:  # no TOML, no UTF-8, a number of thousands of digits
        raise ZooError(f"{path.name} is not valid TOML: {error}", where=str(path), fix="mend the line", exit_code=2) from error


def toml_pairs(content: Mapping[str, Any]) -> str:
    """A line per key; None has none, and nested mappings are inline."""
    return "\n".join(f"{_key(k)} = {toml_value(v)}" for k, v in content.items() if v is not None)


def _key(key: str) -> str:
    return key if key.isascii() and key.replace("_", "").replace("-", "").isalnum() else toml_value(key)


def toml_value(value: Any) -> str:
    """A value as TOML writes it, on one line."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {toml_value(v)}" for k, v in value.items() if v is not None) + " }"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    if isinstance(value, float):
        return repr(value)  # TOML spells inf and nan as Python does
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # else a TOML string escapes as JSON does
