"""Transfer and edit: what `zoo transfer` and `zoo edit` do, without the printing."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from zoo.catalog import Catalog
from zoo.errors import ZooError
from zoo.interfaces import StyleEncoder
from zoo.model import Model
from zoo.ops.regions import one_hot
from zoo.photos import Fit, open_photo, place, read_joints, read_labels, to_tensor
from zoo.recipe import Recipe
from zoo.regions import Vocabulary, vocabulary
from zoo.types import Outcome, Pair, Person, Style


def load_person(
    image: Path,
    joints: Path,
    parsing: Path | None,
    regions: str | None,
    size: tuple[int, int],
    *,
    name: str | None = None,
    fit: Fit = "pad",
) -> Person:
    """One photo as a batch of one at `size`; the parsing is one-hot in vocabulary `regions`.

    Joints and parsing are in pixels of the photo. `name` picks the row of an annotation file (default: the photo's name).
    """
    photo = open_photo(image)
    frame = (photo.height, photo.width)
    placement = place(frame, size, fit)
    return _pose(joints, frame, size, name or image.name, fit).but(
        image=to_tensor(placement.picture(photo))[None],
        parsing=None if parsing is None else _regions(parsing, regions, frame, size, fit),
    )


def load_pose(
    joints: Path, frame: tuple[int, int], size: tuple[int, int], *, name: str | None = None, fit: Fit = "pad"
) -> Person:
    """A pose to be taken, at `size`: joints in pixels of a frame (H,W); no image."""
    return _pose(joints, frame, size, name, fit)


def _pose(joints: Path, frame: tuple[int, int], size: tuple[int, int], name: str | None, fit: Fit) -> Person:
    points, visible = read_joints(joints, name, frame)
    return Person(size=size, joints=place(frame, size, fit).joints(points)[None], visible=visible[None])


def _regions(path: Path, regions: str | None, frame: tuple[int, int], size: tuple[int, int], fit: Fit) -> Tensor:
    if regions is None:
        raise ZooError(
            f"in which vocabulary is {path.name}?", where=str(path), fix="name it: --regions cihp20, for instance", exit_code=2
        )
    words = vocabulary(regions)
    labels = place(frame, size, fit).labels(read_labels(path, words, frame), words.index("background"))
    return one_hot(torch.from_numpy(np.array(labels))[None], len(words))


def check_parsing(recipe: Recipe, catalog: Catalog, *, given: bool) -> None:
    """ZooError when a part of the recipe needs the source's parsing and none is given."""
    for kind, part in recipe.parts().items():
        if not given and "source.parsing" in catalog.component(kind, part.use).needs:
            raise ZooError(
                f"{kind} {part.use} needs the source's parsing",
                where=f"recipe {recipe.name} ({recipe.variant})",
                fix="give --source-parsing, a png or npy of region labels, and --regions, its vocabulary",
                exit_code=2,
            )


@torch.no_grad()
def transfer(model: Model, source: Person, target: Person) -> Outcome:
    """The people of `source` in the poses of `target`, both at the model's size; runs where the model is."""
    device = next((p.device for p in model.parameters()), torch.device("cpu"))
    return model.eval()(Pair(source=source, target=target).to(device))


def edit(
    model: Model, person: Person, reference: Person, swap: Sequence[str], regions: Vocabulary, target: Person | None = None
) -> Outcome:
    """`person` with the regions `swap` of `reference`, in the pose of `target` or its own; `regions` is the recipe's vocabulary."""
    indices = [regions.index(name) for name in swap]
    worn = transfer(model, reference, without_image(reference))
    _check_worn(worn.source, indices, regions)
    assert worn.style is not None
    return transfer(_editing(model, worn.style, indices), person, target or without_image(person))


def without_image(person: Person) -> Person:
    """The pose alone, as a target."""
    return person.but(image=None, parsing=None)


def _check_worn(reference: Person, indices: Sequence[int], regions: Vocabulary) -> None:
    if reference.parsing is None:
        raise ZooError("the reference has no parsing", where="zoo edit", fix="give --reference-parsing and --regions")
    area = reference.parsing.sum((0, 2, 3))
    for index in indices:
        if area[index] == 0:
            seen = [label for label, a in zip(regions.labels, area, strict=True) if a > 0]
            raise ZooError(
                f"the reference shows no {regions.labels[index]!r}", where="--swap", fix=f"it shows: {', '.join(seen)}"
            )


class Edited(StyleEncoder):
    """An encoder whose style takes some regions from a reference."""

    def __init__(self, encoder: StyleEncoder, reference: Style, regions: Sequence[int]) -> None:
        super().__init__()
        self.encoder, self.reference, self.regions = encoder, reference, regions
        self.spec = encoder.spec

    def forward(self, source: Person) -> Style:
        return self.encoder.edit(self.encoder(source), self.reference, self.regions)


def _editing(model: Model, reference: Style, regions: Sequence[int]) -> Model:
    return Model(
        pose=model.pose, style=Edited(model.style, reference, regions), parsing=model.parsing, merge=model.merge,
        generator=model.generator, table=model.table, regions=model.regions, oracle=model.oracle,
    )  # fmt: skip
