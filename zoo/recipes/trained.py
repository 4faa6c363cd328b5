"""A recipe as its weights know it: without what says only how they are put to work. Imports no torch."""

from collections.abc import Set
from typing import Any

from zoo.recipes.catalog import Catalog
from zoo.recipes.recipe import Part, Recipe


def as_trained(recipe: Recipe, catalog: Catalog) -> Recipe:
    """The recipe whose training makes these parameters.

    It is another one where fewer photos are shown or an oracle takes the place of a parsing transform, which is only at test
    (phases say what they feed), and where parts are given options that they are asked for at work alone (`Component.at_work`).
    """
    bare: dict[str, Any] = {
        name: _bare(part, catalog.component(name, part.use).at_work, catalog) for name, part in recipe.parts().items()
    }
    return recipe.model_copy(update=bare | {"shown": None} | ({"oracle": False} if recipe.parsing else {}))


def _bare(part: Part, at_work: Set[str], catalog: Catalog) -> Part:
    worn = tuple(_bare(one, catalog.component("wrapper", one.use).at_work, catalog) for one in part.wear)
    return part.model_copy(update={"wear": worn, "options": {k: v for k, v in part.options.items() if k not in at_work}})
