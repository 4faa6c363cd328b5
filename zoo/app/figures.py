"""People of a photo that a page holds in memory, as nets see them."""

from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from zoo.annotation.nets import Annotator
from zoo.ops.maps import scale_joints
from zoo.photos import checked
from zoo.photos.subject import Subject
from zoo.regions import REMAPS, remap_table, vocabulary


@dataclass(frozen=True)
class Figure:
    """One person of a photo, and what nets see of them."""

    subject: Subject  # with joints, and labels in some words
    number: int  # in the photo, counted from 1, the largest first
    people: int  # in the photo
    joints_sure: float
    regions_sure: float

    def __str__(self) -> str:
        joints = f"{int(self.subject.skeleton[1].sum())} of 18 joints, {self.joints_sure:.2f} sure"
        seen = f"{joints}; regions {self.regions_sure:.2f} sure"
        return seen if self.people == 1 else f"person {self.number} of {self.people}; {seen}"

    @property
    def photo(self) -> Image.Image:
        """RGB, upright."""
        assert self.subject.photo is not None, "a figure is seen in a photo"
        return self.subject.photo

    @property
    def labels(self) -> Image.Image:
        """Mode L, as large as the photo, numbers of `words`."""
        assert self.subject.labels is not None, "nets have told regions"
        return self.subject.labels

    @property
    def words(self) -> str:
        """The vocabulary of the labels."""
        return str(self.subject.words)

    def regions(self) -> list[str]:
        """What they show, background aside, in `words`."""
        labels = vocabulary(self.words).labels
        return [labels[i] for i in np.unique(np.array(self.labels)) if labels[i] != "background"]


def look(annotator: Annotator, photo: Subject, words: str | None, number: int | None = None) -> Figure:
    """The largest person, or the one with the `number`; regions in `words` where the parser's can become them.

    ZooError for a photo that shows nobody.
    """
    seen = annotator.look(replace(photo, number=number))
    assert seen.labels is not None, "regions were asked for"
    own = annotator.parsing.vocabulary
    words = words if words and (own, words) in REMAPS else own
    joints, visible = checked((scale_joints(seen.joints, seen.frame, photo.size), seen.confidence > 0), photo.size, photo.name)
    labels = np.array(remap_table(own, words), np.uint8)[np.array(seen.labels)]
    who = replace(photo, joints=joints, visible=visible, labels=Image.fromarray(labels), words=words, number=None)
    return Figure(who, seen.person, seen.people, seen.joints_sure, seen.regions_sure)
