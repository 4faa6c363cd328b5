"""Several photos of one person: how many a recipe may be shown."""

from collections.abc import Sequence

from zoo.errors import ZooError
from zoo.photos.subject import Subject
from zoo.recipes.recipe import Recipe
from zoo.recipes.request import describe


def check_album(recipe: Recipe, photos: Sequence[Subject], where: str = "--others") -> None:
    """ZooError for more photos of a person than the recipe reads, and for one that is given twice. Fewer will do."""
    most, given = recipe.sources, len(photos)
    if given > most:
        reads = "one photo" if most == 1 else f"{most} photos"
        fewer = "give the source alone" if most == 1 else f"leave {given - most} of them out"
        more = "several" if most == 1 else "more"
        raise ZooError(
            f"{describe(recipe)} reads {reads} of a person, and {given} are given",
            where=where,
            fix=f"{fewer}, or take a recipe that reads {more} (zoo list variant)",
            exit_code=2,
        )
    for i, one in enumerate(photos):
        if twin := next((other for other in photos[:i] if _same(one, other)), None):
            what = f"{one.name} is the same photo as {twin.name}"
            raise ZooError(what, where=where, fix="give each photo once", exit_code=2)


def _same(one: Subject, other: Subject) -> bool:
    """Pixel for pixel, whatever the two are called."""
    a, b = one.photo, other.photo
    return a is not None and b is not None and a.size == b.size and a.tobytes() == b.tobytes()
