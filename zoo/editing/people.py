"""People at hand as a model sees them: brought to its size, in its words, in a pose that is taken from somebody."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from zoo.editing.transfer import placed
from zoo.ops.regions import one_hot, remap
from zoo.ops.stature import take_pose, within
from zoo.photos import Placement, to_tensor
from zoo.photos.sightings import Skeleton
from zoo.photos.subject import Subject
from zoo.recipes.recipe import Recipe
from zoo.regions import remap_table, vocabulary
from zoo.types import Person


def person(who: Subject, placement: Placement) -> Person:
    """Somebody as a batch of one, with photo and labels as far as there are any; the parsing is one-hot in their own words."""
    return laid(placed(who.skeleton, placement), who, placement).but(
        image=None if who.photo is None else to_tensor(placement.picture(who.photo))[None]
    )


def laid(pose: Person, who: Subject, placement: Placement) -> Person:
    """The pose on somebody's layout, one-hot in their own words."""
    if who.labels is None:
        return pose
    words = vocabulary(str(who.words))
    labels = placement.labels(who.labels, words.index("background"))
    return pose.but(parsing=one_hot(torch.from_numpy(np.array(labels))[None], len(words)))


def translated(one: Person, words: str | None, recipe: Recipe) -> Person:
    """The person with a parsing in the words of the recipe."""
    if one.parsing is None or words is None or words == recipe.regions:
        return one
    return one.but(
        parsing=remap(one.parsing, remap_table(words, recipe.regions, recipe.remap), len(vocabulary(recipe.regions)))
    )


def taken(me: Subject, them: Subject) -> Skeleton:
    """Their pose with my limbs, in my place: in pixels of my photo."""
    source, target = ((joints[None], visible[None]) for joints, visible in (me.skeleton, them.skeleton))
    joints, visible = within(take_pose(source, target), source)
    return joints[0], visible[0]


def stacked(people: Sequence[Person]) -> Person:
    """Batches of one as one batch; all of them have an image, or none, and likewise a parsing."""

    def joined(name: str) -> Any:
        values = [getattr(one, name) for one in people]
        return None if values[0] is None else torch.cat(values)

    return Person(size=people[0].size, **{name: joined(name) for name in ("joints", "visible", "image", "parsing")})
