"""What a model made of people: a picture, and what is known of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from zoo.editing.transfer import strip
from zoo.explain import Explanation, explain
from zoo.ops.image import to_uint8
from zoo.photos import write_image
from zoo.photos.subject import Subject
from zoo.regions import Vocabulary
from zoo.types import Outcome, Person


@dataclass(frozen=True, eq=False)
class Painting:
    """One picture of one person."""

    image: Tensor  # (3,H,W) in [-1,1], at the photo's own size where the model can; on the CPU
    outcome: Outcome  # of the forward pass, a batch of one at the model's size
    source: Subject  # with what nets saw
    pose: Subject  # likewise
    notes: tuple[str, ...]  # who saw what and how sure, and what the picture lost
    panels: tuple[Person, ...]  # what the strip shows before the picture
    regions: Vocabulary  # of the outcome and the panels
    others: tuple["Painting", ...] = ()  # more samples of the same, where several were asked for

    def __repr__(self) -> str:
        return f"<painting of {self.source.name} in the pose of {self.pose.name}, {'x'.join(map(str, self.image.shape[1:]))}>"

    def pil(self) -> Image.Image:
        """The picture, RGB with 8 bits a channel."""
        return _picture(self.image)

    def save(self, path: str | Path) -> Path:
        """Write the picture; the suffix names the format (.png, .jpg, .webp, .bmp). The file appears whole or not at all."""
        write_image(Path(path), self.image)
        return Path(path)

    def save_samples(self, path: str | Path) -> Path:
        """Write this picture and its other samples side by side, as `save` writes one."""
        write_image(Path(path), torch.cat([one.image for one in (self, *self.others)], 2))
        return Path(path)

    def explain(self) -> Explanation:
        """What the merging operator knows of the motion, as panels: `.save(folder)`; `.missing` says what it hides."""
        return explain(self.outcome, self.regions)

    def strip(self, *more: "Painting") -> Image.Image:
        """Source, target and result, in all its samples, side by side at the model's size, and the results of `more`."""
        return _picture(self._strip(more))

    def save_strip(self, path: str | Path, *more: "Painting") -> Path:
        """Write that strip as `save` writes the picture."""
        write_image(Path(path), self._strip(more))
        return Path(path)

    def _strip(self, more: Sequence["Painting"]) -> Tensor:
        return strip([*self.panels, *(one.outcome for one in (self, *self.others, *more))], self.regions)

    def _repr_png_(self) -> bytes | None:
        return self.pil()._repr_png_()


def _picture(image: Tensor) -> Image.Image:
    return Image.fromarray(to_uint8(image).permute(1, 2, 0).contiguous().numpy())
