"""Recipes in few bytes: each once, and of a relative only what differs."""

import json
from collections.abc import Mapping
from typing import Any

from zoo.documents.names import FULL
from zoo.errors import visible
from zoo.report.shared import Shared
from zoo.results.record import RanRecipe, Record

Flat = dict[str, str]  # dotted path -> value as JSON
DEEP = 8  # levels that are told apart; deeper ones, which no recipe of ours has, stay JSON
TITLES = {"name", "variant", "changes", "summary", "paper", "oracle", "size"}  # said beside the settings


def flat(settings: Mapping[str, Any], path: str = "", levels: int = DEEP) -> Flat:
    """`{"merge": {"use": "a.b"}}` -> `{"merge.use": "a.b"}`; phases by their names, as `--set` reaches them."""
    found: Flat = {}
    for key, value in settings.items():
        if isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
            value = {str(item.get("name", place)): item for place, item in enumerate(value)}
        here = f"{path}{visible(str(key))}"
        if isinstance(value, Mapping) and value and levels:
            found |= flat(value, f"{here}.", levels - 1)
        else:
            found[here] = visible(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    return found


def changes(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> tuple[Flat, list[str]]:
    """What `ours` sets otherwise or besides, and the paths it lacks."""
    differing = [key for key in {**theirs, **ours} if theirs.get(key) != ours.get(key)]  # few, and only those are read
    there, here = (flat({key: whole[key] for key in differing if key in whole}) for whole in (theirs, ours))
    return {path: value for path, value in here.items() if there.get(path) != value}, [p for p in there if p not in here]


class Recipes:
    """The recipes of many records. The first of a name and size is told whole, another by what it changes of a relative.

    That is the first one told of the same variant and of as many of the same changes, from the first on, as there are. Records
    are to come from the most to the least basic (`basic`), so that the whole one is the recipe itself.
    """

    def __init__(self, shared: Shared) -> None:
        self.shared = shared
        self.told: list[dict[str, Any]] = []
        self.paths = Shared()
        self._places: dict[str, int] = {}  # of a digest in `told`
        self._relatives: dict[tuple[str, ...], tuple[int, Mapping[str, Any]]] = {}

    def place(self, record: Record) -> int:
        """Where in `told` the record's recipe is."""
        if record.recipe_digest not in self._places:
            self._places[record.recipe_digest] = len(self.told)
            self.told.append(self._tell(record))
        return self._places[record.recipe_digest]

    def _tell(self, record: Record) -> dict[str, Any]:
        recipe, more = record.recipe, record.recipe.model_extra or {}
        settings = {key: value for key, value in more.items() if key not in TITLES}
        base, theirs = self._relative(recipe, settings)
        changed, gone = changes(theirs, settings)
        return {
            "name": visible(recipe.name),
            "variant": "" if recipe.variant == FULL else visible(recipe.variant),
            "changes": [visible(change) for change in recipe.changes],
            "size": visible(size(recipe)),
            "summary": self.shared.place(str(more.get("summary", ""))),
            "paper": self.shared.place(str(more.get("paper", ""))),
            "digest": record.recipe_digest,
            "base": base,
            "set": [[self.paths.place(path), value] for path, value in changed.items()],
            "gone": [self.paths.place(path) for path in gone],
        }

    def _relative(self, recipe: RanRecipe, settings: Mapping[str, Any]) -> tuple[int, Mapping[str, Any]]:
        """The place and the settings of the nearest one told before; of the first, its own place and none."""
        kin = (recipe.name, size(recipe), recipe.variant, *recipe.changes)
        lines = [kin[:count] for count in range(len(kin), 1, -1)]
        nearest = next((self._relatives[line] for line in lines if line in self._relatives), (len(self.told), {}))
        for line in lines:
            self._relatives.setdefault(line, (len(self.told), settings))
        return nearest


def size(recipe: RanRecipe) -> str:
    """The recipe's size; documents of older versions may lack it."""
    return str((recipe.model_extra or {}).get("size") or "")


def basic(record: Record) -> tuple[bool, int]:
    """Sorts recipes themselves before their variants, and those before what was changed by hand."""
    return record.variant != FULL, len(record.changes)
