"""A batch of transfers by one model: a picture for each, or what was wrong with it."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace

from PIL import Image

from zoo.api.painting import Painting
from zoo.api.pipeline import Pipeline
from zoo.editing.album import check_album
from zoo.errors import ZooError
from zoo.photos.subject import Subject
from zoo.photos.uploads import opened

WHERE = "POST /transfer"


@dataclass(frozen=True)
class Uploads:
    """The bytes of photos: who is put into whose pose, and what else there is of who."""

    source: bytes
    pose: bytes
    others: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Seated:
    """The same as nets see them, and what those said."""

    source: Subject
    pose: Subject
    others: tuple[Subject, ...]
    heard: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """The bytes of a PNG, and what it is to be taken with."""

    image: bytes
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Paints:
    """A model at work on photos. They and the pictures are in memory, and no longer than they are needed."""

    model: Pipeline

    def __call__(self, asked: Sequence[Uploads]) -> list[Answer | Exception]:
        """A PNG as large as each source, or a ZooError: one bad photo does not spoil the others' batch."""
        seen = [self._seen(photos) for photos in asked]
        painted = iter(self._painted([people for people in seen if isinstance(people, Seated)]))
        return [next(painted) if isinstance(people, Seated) else people for people in seen]

    def _seen(self, photos: Uploads) -> Seated | ZooError:
        heard: list[str] = []

        def hear(text: str) -> None:
            heard.append(text)
            self.model.tell(text)

        model = replace(self.model, tell=hear)
        try:
            me, pose = opened("source", photos.source, WHERE), opened("pose", photos.pose, WHERE)
            others = [opened(f"others {i}", photo, WHERE) for i, photo in enumerate(photos.others, 1)]
            check_album(model.recipe, (me, *others), WHERE)
            source, *more = (model.annotate(one, regions=model.reads_parsing) for one in (me, *others))
            return Seated(source, model.annotate(pose, regions=False, role="target"), tuple(more), tuple(heard))
        except ZooError as error:
            return error

    def _painted(self, asked: Sequence[Seated]) -> list[Answer | Exception]:
        """Those of one photo at once, whoever has more alone."""
        alone, painted = [people for people in asked if not people.others], dict[int, Answer | Exception]()
        for batch in ([alone] if alone else []) + [[people] for people in asked if people.others]:
            painted |= zip(map(id, batch), self._batch(batch), strict=True)
        return [painted[id(people)] for people in asked]

    def _batch(self, batch: Sequence[Seated]) -> list[Answer | Exception]:
        """All at once; where that fails each alone, so that it is told to whom it belongs."""
        try:
            return [self._answer(people, made) for people, made in zip(batch, self._transferred(batch), strict=True)]
        except ZooError as error:
            return [error] if len(batch) == 1 else [answer for people in batch for answer in self._batch([people])]

    def _transferred(self, batch: Sequence[Seated]) -> list[Painting]:
        if len(batch) == 1:
            return [self.model.transfer(batch[0].source, batch[0].pose, others=batch[0].others)]
        return self.model.transfer([people.source for people in batch], [people.pose for people in batch])

    @staticmethod
    def _answer(people: Seated, made: Painting) -> Answer:
        return Answer(png(made.pil()), (*people.heard, *made.notes))


def png(picture: Image.Image) -> bytes:
    """The file of a picture."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
