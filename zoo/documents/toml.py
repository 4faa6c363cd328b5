"""Reading TOML."""

import tomllib
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
