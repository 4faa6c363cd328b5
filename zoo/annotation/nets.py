"""A detector and a parser look at a photo."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from zoo.errors import ZooError
from zoo.interfaces import Context, PersonParser, PoseDetector
from zoo.ops.maps import scale_joints
from zoo.photos import at_most, to_tensor
from zoo.photos.joints import FEW, Nobody
from zoo.photos.subject import Subject
from zoo.recipes.catalog import Catalog
from zoo.recipes.options import construct
from zoo.recipes.recipe import Part
from zoo.regions import vocabulary
from zoo.types import Sighting

LARGEST = 1 << 20  # pixels at which a photo is looked at
SEEN = 0.3  # confidence from which a joint counts as seen
_CONTEXT = Context(size=(256, 256), regions=vocabulary("cihp20"))  # nets of photographs look at sizes of their own


@dataclass(frozen=True)
class Annotation:
    """One person of a photo of size `frame` (H,W)."""

    frame: tuple[int, int]
    joints: Tensor  # (18,2) pixels of the photo
    confidence: Tensor  # (18) in [0,1]; 0 where the joint was not seen
    person: int  # counted from 1, the largest first
    people: int  # in the photo
    labels: Image.Image | None = None  # mode L, as large as the photo
    regions_sure: float = 0.0  # mean share of the likeliest region where the person is

    @property
    def seen(self) -> int:
        """How many joints."""
        return int((self.confidence > 0).sum())

    @property
    def joints_sure(self) -> float:
        """Mean confidence of the joints that were seen."""
        return float(self.confidence.sum()) / max(self.seen, 1)


@dataclass(frozen=True)
class Annotator:
    """The nets by the names of their components; each is built when it is first asked."""

    catalog: Catalog
    detector: str
    parser: str
    device: str = "cpu"

    @cached_property
    def detecting(self) -> PoseDetector:
        """The detector, at work."""
        net: PoseDetector = construct(self.catalog, "detector", Part(use=self.detector), _CONTEXT)
        return net.to(self.device).eval()

    @cached_property
    def parsing(self) -> PersonParser:
        """The parser, at work."""
        net: PersonParser = construct(self.catalog, "parser", Part(use=self.parser), _CONTEXT)
        return net.to(self.device).eval()

    def look(self, who: Subject, *, regions: bool = True) -> Annotation:
        """The largest person of a photo, or the one with the subject's number; without labels unless `regions`.

        ZooError when the photo shows nobody, or not so many people.
        """
        picture, frame, name, person = self._picture(who), who.size, PurePath(who.name).name, who.number
        seen = [_without_the_unsure(one) for one in self.detecting.people(picture)]
        people = [one for one in seen if (one.confidence > 0).sum() >= FEW]
        if not people:
            raise Nobody(f"nobody was found in {name}", where=who.name, fix="use another photo, or give its joints")
        if person is not None and person > len(people):
            what = f"{name} shows {len(people)} people and no person {person}"
            raise ZooError(what, where=who.name, fix=f"name one of 1 to {len(people)}", exit_code=2)
        number = person or 1
        labels, sure = self._regions(picture, people[number - 1], frame) if regions else (None, 0.0)
        one = people[number - 1].to(torch.device("cpu"))
        joints = scale_joints(one.joints, _size(picture), frame)
        return Annotation(frame, joints.round(decimals=3), one.confidence.round(decimals=3), number, len(people), labels, sure)

    def regions_of(self, who: Subject) -> tuple[Image.Image, float]:
        """Labels of a person whose joints are known; and how sure they are."""
        picture, (joints, visible) = self._picture(who), who.skeleton
        known = Sighting(joints=scale_joints(joints, who.size, _size(picture)), confidence=visible.float())
        return self._regions(picture, known.to(picture.device), who.size)

    def _picture(self, who: Subject) -> Tensor:
        """The photo, small enough to be looked at: (3,h,w) in [-1,1]."""
        if who.photo is None:
            raise ZooError(f"there is no photo of {who.name} to look at", where=who.name, fix="give it, or joints and regions")
        height, width = at_most((who.photo.height, who.photo.width), LARGEST)
        smaller = who.photo.resize((width, height), Image.Resampling.BICUBIC) if width < who.photo.width else who.photo
        return to_tensor(smaller).to(self.device)

    def _regions(self, picture: Tensor, person: Sighting, frame: tuple[int, int]) -> tuple[Image.Image, float]:
        sure, labels = self.parsing.people(picture, [person])[0].softmax(0).max(0)
        figure = labels != vocabulary(self.parsing.vocabulary).index("background")
        drawn = Image.fromarray(labels.cpu().numpy().astype(np.uint8))
        return drawn.resize(frame[::-1], Image.Resampling.NEAREST), float(sure[figure].mean()) if figure.any() else 0.0


def _without_the_unsure(person: Sighting) -> Sighting:
    confidence = person.confidence * (person.confidence >= SEEN)
    return person.but(confidence=confidence, joints=person.joints * (confidence > 0)[:, None])


def _size(picture: Tensor) -> tuple[int, int]:
    return picture.shape[-2], picture.shape[-1]
