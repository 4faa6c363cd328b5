"""Whether the parts of a recipe fit together, found out by building them. Imports torch."""

from dataclasses import replace
from typing import cast

from zoo.interfaces import Context, Dataset
from zoo.model import build_context, build_model
from zoo.recipes.catalog import Catalog
from zoo.recipes.compatibility import check_size
from zoo.recipes.options import check_recipe, construct, multiple_of
from zoo.recipes.recipe import Recipe
from zoo.recipes.track import Track
from zoo.running.training import refuse_untrained


class Fitting:
    """Builds one model after the other; data and frozen nets of a track are built once."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._tracks: dict[tuple[str, str], tuple[Context, str]] = {}

    def check(self, recipe: Recipe, track: Track) -> None:
        """ZooError for parts that do not fit, options that are none, and a part that no phase trains."""
        check_recipe(self.catalog, recipe)
        check_size(recipe, track.size, self.catalog, multiple_of)
        shared, vocabulary = self._of_track(recipe, track)
        context = replace(shared, sources=recipe.sources, shown=recipe.shown)
        refuse_untrained(recipe, build_model(recipe, context, vocabulary, self.catalog))

    def _of_track(self, recipe: Recipe, track: Track) -> tuple[Context, str]:
        key = recipe.regions, track.digest()
        if key not in self._tracks:
            context = build_context(recipe, track, self.catalog)
            data = cast(Dataset, construct(self.catalog, "dataset", track.dataset, context))
            self._tracks[key] = context, data.vocabulary
        return self._tracks[key]
