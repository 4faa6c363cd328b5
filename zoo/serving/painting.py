"""A batch of transfers by one model: a picture for each, or what was wrong with it."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from zoo.api.pipeline import Pipeline
from zoo.errors import ZooError
from zoo.photos.subject import Subject
from zoo.photos.uploads import opened

People = tuple[Subject, Subject]  # who is put into whose pose


@dataclass(frozen=True)
class TwoPhotos:
    """The bytes of two photos: who is put into whose pose."""

    source: bytes
    pose: bytes


@dataclass(frozen=True)
class Paints:
    """A model at work on photos. They and the pictures are in memory, and no longer than they are needed."""

    model: Pipeline

    def __call__(self, asked: Sequence[TwoPhotos]) -> list[bytes | Exception]:
        """A PNG as large as each source, or a ZooError: one bad photo does not spoil the others' batch."""
        seen = [self._seen(photos) for photos in asked]
        painted = iter(self._painted([people for people in seen if not isinstance(people, ZooError)]))
        return [people if isinstance(people, ZooError) else next(painted) for people in seen]

    def _seen(self, photos: TwoPhotos) -> People | ZooError:
        try:
            source, pose = opened("source", photos.source), opened("pose", photos.pose)
            return (
                self.model.annotate(source, regions=self.model.reads_parsing),
                self.model.annotate(pose, regions=False, role="target"),
            )
        except ZooError as error:
            return error

    def _painted(self, people: list[People]) -> list[bytes | Exception]:
        """All at once; where that fails each alone, so that it is told to whom it belongs."""
        try:
            sources, poses = ([one[side] for one in people] for side in (0, 1))
            return [png(painting.pil()) for painting in self.model.transfer(sources, poses)] if people else []
        except ZooError as error:
            return [error] if len(people) == 1 else [answer for one in people for answer in self._painted([one])]


def png(picture: Image.Image) -> bytes:
    """The file of a picture."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
