"""A batch of transfers by one model: a picture for each, or what was wrong with it."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace

from PIL import Image

from zoo.api.pipeline import Pipeline
from zoo.errors import ZooError
from zoo.photos.subject import Subject
from zoo.photos.uploads import opened

People = tuple[Subject, Subject, tuple[str, ...]]  # who is put into whose pose, and what nets saw of both


@dataclass(frozen=True)
class TwoPhotos:
    """The bytes of two photos: who is put into whose pose."""

    source: bytes
    pose: bytes


@dataclass(frozen=True)
class Answer:
    """The bytes of a PNG, and what it is to be taken with."""

    image: bytes
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Paints:
    """A model at work on photos. They and the pictures are in memory, and no longer than they are needed."""

    model: Pipeline

    def __call__(self, asked: Sequence[TwoPhotos]) -> list[Answer | Exception]:
        """A PNG as large as each source, or a ZooError: one bad photo does not spoil the others' batch."""
        seen = [self._seen(photos) for photos in asked]
        painted = iter(self._painted([people for people in seen if not isinstance(people, ZooError)]))
        return [people if isinstance(people, ZooError) else next(painted) for people in seen]

    def _seen(self, photos: TwoPhotos) -> People | ZooError:
        heard: list[str] = []

        def hear(text: str) -> None:
            heard.append(text)
            self.model.tell(text)

        model = replace(self.model, tell=hear)
        try:
            source, pose = opened("source", photos.source), opened("pose", photos.pose)
            source = model.annotate(source, regions=model.reads_parsing)
            return source, model.annotate(pose, regions=False, role="target"), tuple(heard)
        except ZooError as error:
            return error

    def _painted(self, people: list[People]) -> list[Answer | Exception]:
        """All at once; where that fails each alone, so that it is told to whom it belongs."""
        try:
            made = self.model.transfer([one[0] for one in people], [one[1] for one in people])
            told = [(*seen, *painting.notes) for (_, _, seen), painting in zip(people, made, strict=True)]
            return [Answer(png(painting.pil()), notes) for painting, notes in zip(made, told, strict=True)]
        except ZooError as error:
            return [error] if len(people) == 1 else [answer for one in people for answer in self._painted([one])]


def png(picture: Image.Image) -> bytes:
    """The file of a picture."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
