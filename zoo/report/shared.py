"""Values that many have, told once."""

import json
from typing import Any

from zoo.errors import visible

Json = Any
DIGITS = 5  # of a number; the record has them all


class Shared:
    """Values that many rows have; a row holds the place."""

    def __init__(self) -> None:
        self.values: list[Json] = []
        self._places: dict[str, int] = {}

    def place(self, value: Json) -> int:
        """Where in `values` it is."""
        key = json.dumps(value, sort_keys=True)
        if key not in self._places:
            self._places[key] = len(self.values)
            self.values.append(shown(value))
        return self._places[key]


def shown(value: Json) -> Json:
    """Every text in a JSON value, as it can be shown."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {visible(key): shown(item) for key, item in value.items()}
    return [shown(item) for item in value] if isinstance(value, list) else value


def brief(number: float) -> float:
    """A number of `DIGITS` digits."""
    return float(f"{number:.{DIGITS}g}")
