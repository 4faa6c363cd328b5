"""A resolved recipe and a track as TOML that `zoo run --recipe FILE --track FILE` reads back."""

from zoo.documents.toml import toml_pairs
from zoo.recipes.recipe import Recipe
from zoo.recipes.track import Track


def recipe_toml(recipe: Recipe) -> str:
    """The recipe as a file. Absent parts are left out; the variant, size and changes that led to it are history."""
    document = recipe.model_dump(exclude={"variant", "size", "changes"})
    losses, phases = document.pop("losses"), document.pop("phases")
    blocks = [toml_pairs(document)]
    blocks += [f"[losses]\n{toml_pairs(losses)}"] if losses else []
    blocks += [f"[[phases]]\n{toml_pairs(phase)}" for phase in phases]
    return "\n\n".join(blocks) + "\n"


def track_toml(track: Track, *, portable: bool = True) -> str:
    """The track as a file; a portable one does not say where on this machine its data lies."""
    return toml_pairs(track.portable() if portable else track.model_dump(mode="json", exclude_defaults=True)) + "\n"
