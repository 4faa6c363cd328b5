"""Reading TOML."""

import tomllib
from pathlib import Path
from typing import Any

from zoo.errors import ZooError


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file as a dictionary; a ZooError with the line when it does not parse."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ZooError(f"cannot read {path.name}: {error.strerror}", where=str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ZooError(f"{path.name} is not valid TOML: {error}", where=str(path), exit_code=2) from error
