"""People at hand brought before a model, and its pictures brought back to the size of their photos."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from PIL import Image
from torch import Tensor

from zoo.editing.finishing import at_own_size, laying_out, lost, written_size
from zoo.editing.heed import unheeded
from zoo.editing.people import laid, person, stacked, taken, translated
from zoo.editing.relabel import changed
from zoo.editing.transfer import edit, placed, sampled, transfer
from zoo.model import Model
from zoo.photos import Fit, at_most, place
from zoo.photos.images import LARGE
from zoo.photos.sightings import Size, Skeleton
from zoo.photos.subject import Subject
from zoo.recipes.recipe import Recipe
from zoo.recipes.request import describe
from zoo.regions import vocabulary
from zoo.types import Outcome, Person

Build = Literal["source", "target"]  # whose limbs a pose has when it is taken
Worn = tuple[Person, Sequence[str]]  # somebody at the model's size, and the regions that are taken over, in the recipe's words


@dataclass(frozen=True, eq=False)
class Sitting:
    """One person to be painted in one pose, at the model's size and in the recipe's words."""

    me: Subject
    source: Person
    target: Person
    frame: Size  # of the picture that is asked for
    taken: Skeleton | None  # in pixels of my photo, where I keep my limbs and my place
    panels: tuple[Person, ...] = ()  # to be shown beside the picture
    others: tuple[Person, ...] = ()  # more photos of me


@dataclass(frozen=True, eq=False)
class Studio:
    """A model with its weights, and how photos are brought to its size. Its own words are the recipe's."""

    model: Model
    recipe: Recipe
    size: Size
    fit: Fit = "pad"

    def sitting(self, me: Subject, them: Subject, build: Build = "source", *, layout: bool = False) -> Sitting:
        """Me in their pose, with my limbs or, by `build`, theirs; on their regions, as they lie, with `layout`."""
        source, placement = self.person(me), place(them.size, self.size, self.fit)
        other = () if them.photo is None else (self.person(them),)
        if build == "source" and not layout:
            pose = taken(me, them)
            target = placed(pose, place(me.size, self.size, self.fit))
            return Sitting(me, source, target, me.size, pose, (source, *other))
        target = placed(them.skeleton, placement)
        if layout:
            target = translated(laid(target, them, placement), them.words, self.recipe)
        return Sitting(me, source, target, them.size, None, (source, *(other or ((target,) if layout else ()))))

    def posed(self, me: Subject, pose: Skeleton) -> Sitting:
        """Me in a pose in pixels of my photo, as it lies."""
        source = self.person(me)
        return Sitting(me, source, placed(pose, place(me.size, self.size, self.fit)), me.size, pose, (source,))

    def own(self, me: Subject, layout: Image.Image | None, relabel: Sequence[str] = (), fill: Sequence[str] = ()) -> Sitting:
        """Me in my own pose; on the `layout`, in my words, or on my own labels, if their regions are renamed or gaps closed."""
        if layout is None and not relabel and not fill:
            return self.posed(me, me.skeleton)
        source, placement = self.person(me), place(me.size, self.size, self.fit)
        drawn = laid(placed(me.skeleton, placement), replace(me, labels=layout or me.labels), placement)
        target = translated(changed(drawn, relabel, fill, vocabulary(str(me.words))), me.words, self.recipe)
        return Sitting(me, source, target, me.size, None, (source, target))

    def person(self, who: Subject) -> Person:
        """Somebody at the model's size."""
        return translated(person(who, place(who.size, self.size, self.fit)), who.words, self.recipe)

    def outcomes(self, sittings: Sequence[Sitting], worn: Worn | None = None, samples: int = 1) -> list[list[Outcome]]:
        """Samples of each, by one forward pass for all; sources with labels and without do not sit together, nor targets.

        Of all there are equally many photos.
        """
        sources, targets = (stacked([getattr(one, name) for one in sittings]) for name in ("source", "target"))
        if worn:
            every = edit(self.model, sources, worn[0], worn[1], vocabulary(self.recipe.regions), targets)
        else:
            others = zip(*(one.others for one in sittings), strict=True)
            every = transfer(self.model, sources, targets, [stacked(photos) for photos in others])
        made = sampled(self.model, every, samples)
        return [[one.map(lambda x, i=i: x[i : i + 1]) for one in made] for i in range(len(sittings))]  # type: ignore[misc]

    def pictures(
        self, sittings: Sequence[Sitting], worn: Worn | None = None, samples: int = 1
    ) -> Iterator[list[tuple[Outcome, Tensor]]]:
        """The samples of each: what is painted, and the picture (3,H,W) in [-1,1] as large as was asked for, or as can be."""
        wholes: dict[int, Person] = {}  # me at the size of my photo, which may sit more than once
        for one, outcomes in zip(sittings, self.outcomes(sittings, worn, samples), strict=True):
            if one.taken and laying_out(self.model) and id(one.me) not in wholes:
                wholes[id(one.me)] = self._whole(one.me)
            yield [(outcome, self._finished(one, outcome, wholes.get(id(one.me)))) for outcome in outcomes]

    def lost(self, sitting: Sitting, outcome: Outcome, worn: Worn | None = None) -> list[str]:
        """What the picture shows less than the photo, than more photos would, or than was drawn for it, and why."""
        photos, told = 1 + len(sitting.others), lost(self.model, sitting.frame, self.size)
        if photos < self.recipe.sources:
            saw = f"{describe(self.recipe)} reads {self.recipe.sources} photos of a person and saw {photos}"
            told.append(f"{saw}: what others would show it paints by guess")
        if worn is None and (blind := unheeded(self.model, outcome)):
            told.append(blind)
        return told

    def _finished(self, one: Sitting, outcome: Outcome, whole: Person | None) -> Tensor:
        assert outcome.image is not None, "a whole forward pass paints an image"
        image = outcome.image[0].float().cpu()
        if one.taken is None or whole is None:
            return place(at_most(one.frame, LARGE), self.size, self.fit).undo(image)
        back = place(whole.size, self.size, self.fit)
        return at_own_size(self.model, outcome, whole, placed(one.taken, place(one.frame, whole.size)), back)

    def _whole(self, me: Subject) -> Person:
        placement = place(me.size, written_size(self.model, me.size))
        return translated(person(me, placement), me.words, self.recipe)
