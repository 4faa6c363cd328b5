"""Photos as a page hands them over: bytes in memory, looked at by nets, and never a file."""

from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from zoo.annotation.nets import Annotator
from zoo.editing.transfer import placed
from zoo.errors import ZooError
from zoo.ops.maps import scale_joints
from zoo.ops.regions import one_hot
from zoo.photos import Placement, at_most, open_photo, photo_size, to_tensor
from zoo.photos.subject import subject
from zoo.regions import REMAPS, remap_table, vocabulary
from zoo.types import Person

MEGABYTES = 20  # of a photo at most
MEGAPIXELS = 50  # likewise
WORKED_WITH = 1 << 22  # pixels at most that a photo is kept in, and a result made in

Skeleton = tuple[Tensor, Tensor]  # joints (18,2) in pixels of a photo, and which are visible (18)


@dataclass(frozen=True)
class Figure:
    """One person of a photo, and what nets see of them."""

    name: str
    content: bytes = field(repr=False)  # of the file
    photo: Image.Image  # RGB, upright
    skeleton: Skeleton  # the pose they hold, in pixels of the photo
    labels: Image.Image  # mode L, numbers of `words`
    words: str
    number: int  # of this person in the photo, counted from 1, the largest first
    people: int  # in the photo
    joints_sure: float
    regions_sure: float

    def __str__(self) -> str:
        seen = f"{int(self.skeleton[1].sum())} of 18 joints, {self.joints_sure:.2f} sure; regions {self.regions_sure:.2f} sure"
        return seen if self.people == 1 else f"person {self.number} of {self.people}; {seen}"

    @property
    def frame(self) -> tuple[int, int]:
        """(H, W) of the photo."""
        return self.photo.height, self.photo.width

    def person(self, placement: Placement) -> Person:
        """A batch of one, at the size of the placement."""
        words = vocabulary(self.words)
        labels = np.array(placement.labels(self.labels, words.index("background")))
        return placed(self.skeleton, placement).but(
            image=to_tensor(placement.picture(self.photo))[None], parsing=one_hot(torch.from_numpy(labels)[None], len(words))
        )

    def regions(self) -> list[str]:
        """What they show, background aside, in `words`."""
        labels = vocabulary(self.words).labels
        return [labels[i] for i in np.unique(np.array(self.labels)) if labels[i] != "background"]


def look(annotator: Annotator, name: str, content: bytes, words: str, number: int | None = None) -> Figure:
    """A person of the photo `content`, the largest or the one with the `number`; regions in `words` where they can be told so.

    ZooError for a photo that is too large, cannot be read, or shows nobody.
    """
    path = Path(PurePath(name).name)
    if len(content) > MEGABYTES << 20:
        raise ZooError(f"{path.name} has {len(content) >> 20} MB", fix=f"give a photo of at most {MEGABYTES} MB")
    height, width = photo_size(path, content)
    if height * width > MEGAPIXELS * 1_000_000:
        what = f"{path.name} has {height * width / 1e6:.0f} million pixels"
        raise ZooError(what, fix=f"give a photo of at most {MEGAPIXELS} million")
    seen = annotator.look(replace(subject(content, number=number), name=path.name))
    assert seen.labels is not None, "regions were asked for"
    own = annotator.parsing.vocabulary
    words = words if (own, words) in REMAPS else own
    frame = at_most((height, width), WORKED_WITH)
    table = np.array(remap_table(own, words), np.uint8)
    return Figure(
        name=path.name, content=content,
        photo=open_photo(path, content).resize(frame[::-1], Image.Resampling.LANCZOS),
        skeleton=(scale_joints(seen.joints, seen.frame, frame), seen.confidence > 0),
        labels=Image.fromarray(table[np.array(seen.labels.resize(frame[::-1], Image.Resampling.NEAREST))]),
        words=words, number=seen.person, people=seen.people, joints_sure=seen.joints_sure, regions_sure=seen.regions_sure,
    )  # fmt: skip
