"""A detector and a parser look at a photo."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from zoo.errors import ZooError
from zoo.interfaces import Context, PersonParser, PoseDetector
from zoo.ops.maps import scale_joints
from zoo.photos import at_most, open_photo, photo_size, to_tensor
from zoo.photos.joints import FEW, Nobody
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

    def look(self, path: Path, person: int | None = None, *, regions: bool = True) -> Annotation:
        """The largest person of a photo, or the one with the number `person`; without labels unless `regions`.

        ZooError when the photo cannot be read, shows nobody, or not so many people.
        """
        frame, picture = self._opened(path)
        seen = [_without_the_unsure(one) for one in self.detecting.people(picture)]
        people = [one for one in seen if (one.confidence > 0).sum() >= FEW]
        if not people:
            raise Nobody(f"nobody was found in {path.name}", where=str(path), fix="use another photo, or give its joints")
        if person is not None and person > len(people):
            what = f"{path.name} shows {len(people)} people and no person {person}"
            raise ZooError(what, where=str(path), fix=f"name one of 1 to {len(people)}", exit_code=2)
        number = person or 1
        labels, sure = self._regions(picture, people[number - 1], frame) if regions else (None, 0.0)
        one = people[number - 1].to(torch.device("cpu"))
        joints = scale_joints(one.joints, _size(picture), frame)
        return Annotation(frame, joints, one.confidence, number, len(people), labels, sure)

    def regions_of(self, path: Path, joints: Tensor, visible: Tensor) -> tuple[Image.Image, float]:
        """Labels of the person whose joints (18,2), in pixels of the photo, are known; and how sure they are."""
        frame, picture = self._opened(path)
        known = Sighting(joints=scale_joints(joints, frame, _size(picture)), confidence=visible.float())
        return self._regions(picture, known.to(picture.device), frame)

    def _opened(self, path: Path) -> tuple[tuple[int, int], Tensor]:
        photo = open_photo(path)
        height, width = at_most((photo.height, photo.width), LARGEST)
        smaller = photo.resize((width, height), Image.Resampling.BICUBIC) if width < photo.width else photo
        return photo_size(path), to_tensor(smaller).to(self.device)

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
