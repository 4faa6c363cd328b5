"""What a person at hand comes without, seen by the nets."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from zoo.annotation.files import Found, joints_file, regions_file, write_labels
from zoo.annotation.folder import annotated
from zoo.annotation.nets import Annotator
from zoo.errors import ZooError
from zoo.photos import read_joints, read_labels
from zoo.photos.joints import checked
from zoo.photos.subject import Subject
from zoo.regions import REMAPS, remap_table, vocabulary


@dataclass(frozen=True)
class Filler:
    """Has nets see what people lack and tells of it; keeps it in a folder if one is given."""

    annotator: Annotator
    tell: Callable[[str], object]
    words: str | None = None  # the vocabulary to tell regions in, where the parser's can become it and a subject names none
    keep: Path | None = None  # a folder for joints and labels, as zoo annotate writes them

    def filled(self, who: Subject, role: str, *, regions: bool) -> Subject:
        """The person with joints and, if the `regions` are needed, labels; `role` keeps photos of one name apart.

        ZooError where there is no photo to see them in.
        """
        regions = regions and who.labels is None
        if who.joints is None:
            return self._kept(who, self.keep / role, regions) if self.keep else self._seen(who, regions)
        return self._parsed(who, role) if regions else who

    def _seen(self, who: Subject, regions: bool) -> Subject:
        sight = self.annotator.look(who, regions=regions)
        self._tell(who, Found.of(sight, self.annotator, "", regions=regions))
        joints, visible = checked((sight.joints, sight.confidence > 0), who.size, who.name)
        seen = replace(who, joints=joints, visible=visible, number=None)
        return seen if sight.labels is None else self._in_words(seen, sight.labels)

    def _kept(self, who: Subject, out: Path, regions: bool) -> Subject:
        """As `_seen`, from and to files."""
        photo = self._file(who)
        found, _ = annotated(self.annotator, photo, out, photo.name, who.number, regions=regions)
        self._tell(who, found)
        joints, visible = read_joints(joints_file(out, photo.name), None, who.size)
        seen = replace(who, joints=joints, visible=visible, number=None)
        if not regions:
            return seen
        own = vocabulary(self.annotator.parsing.vocabulary)
        return self._in_words(seen, read_labels(regions_file(out, photo.name), own, who.size))

    def _parsed(self, who: Subject, role: str) -> Subject:
        labels, sure = self.annotator.regions_of(who)
        self.tell(f"{who.name}: regions {sure:.2f} sure, seen by {self.annotator.parser}")
        if self.keep:
            write_labels(regions_file(self.keep / role, self._file(who).name), labels)
        return self._in_words(who, labels)

    def _tell(self, who: Subject, found: Found) -> None:
        self.tell(f"{who.name}: {found}, seen by {' and '.join(filter(None, (found.detector, found.parser)))}")

    def _file(self, who: Subject) -> Path:
        if who.path is None:
            raise ZooError(f"{who.name} has no name to be kept by", where="keep", fix="give the photo as a file", exit_code=2)
        return who.path

    def _in_words(self, who: Subject, labels: Image.Image) -> Subject:
        """With the parser's labels, in the words that the person's must be in."""
        own = self.annotator.parsing.vocabulary
        words = who.words or (self.words if self.words and (own, self.words) in REMAPS else own)
        table = np.array(remap_table(own, words), np.uint8)
        return replace(who, labels=Image.fromarray(table[np.array(labels)]), words=words)
