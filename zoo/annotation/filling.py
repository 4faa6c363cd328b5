"""What a photo comes without, seen by the nets while a command waits."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from zoo.annotation.files import joints_file, regions_file, write_labels
from zoo.annotation.folder import annotated
from zoo.annotation.nets import Annotator
from zoo.photos import photo_size, read_joints, read_labels
from zoo.regions import REMAPS, remap_table, vocabulary


@dataclass(frozen=True)
class Photo:
    """A photo of a person and the files that tell of them, as far as there are any."""

    image: Path
    joints: Path | None = None
    parsing: Path | None = None
    words: str | None = None  # the vocabulary of the parsing
    person: int | None = None  # which of several
    name: str | None = None  # of the picture in a file of several
    confidence: float | None = None  # from which a joint of the file counts


@dataclass(frozen=True)
class Filler:
    """Has nets see what photos lack, writes it under `folder` and tells of it."""

    annotator: Annotator
    folder: Path
    tell: Callable[[str], object]
    words: str | None = None  # the vocabulary to tell regions in, where the parser's can become it and a photo names none

    def filled(self, photo: Photo, role: str, *, regions: bool) -> Photo:
        """The photo with joints and, if it needs `regions`, a parsing; `role` keeps photos of one name apart."""
        out, regions = self.folder / role, regions and photo.parsing is None
        if photo.joints is None:
            found, _ = annotated(self.annotator, photo.image, out, photo.image.name, photo.person, regions=regions)
            nets = " and ".join(filter(None, (found.detector, found.parser)))
            self.tell(f"{photo.image}: {found}, seen by {nets}")
            photo = replace(photo, joints=joints_file(out, photo.image.name), person=None, name=None, confidence=None)
        elif regions:
            row = photo.name or photo.image.name
            frame, sure = photo_size(photo.image), photo.confidence
            skeleton = read_joints(photo.joints, row, frame, photo.person, lambda text: None, confidence=sure)
            labels, sure = self.annotator.regions_of(photo.image, *skeleton)
            self.tell(f"{photo.image}: regions {sure:.2f} sure, seen by {self.annotator.parser}")
            write_labels(regions_file(out, photo.image.name), labels)
        return self._parsed(photo, regions_file(out, photo.image.name)) if regions else photo

    def _parsed(self, photo: Photo, path: Path) -> Photo:
        """With the parser's label map, or one beside it in the words that the photo's labels must be in."""
        own = self.annotator.parsing.vocabulary
        words = photo.words or (self.words if self.words and (own, self.words) in REMAPS else own)
        if words == own:
            return replace(photo, parsing=path, words=own)
        table = np.array(remap_table(own, words), np.uint8)
        renamed = path.with_name(f"{path.stem}-{words}.png")
        write_labels(renamed, Image.fromarray(table[np.array(read_labels(path, vocabulary(own)))]))
        return replace(photo, parsing=renamed, words=words)
