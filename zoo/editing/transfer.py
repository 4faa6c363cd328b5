"""Transfer and edit: what `zoo transfer` and `zoo edit` do, without the printing."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from zoo.errors import ZooError
from zoo.explain.colours import label_colours, labelled
from zoo.interfaces import StyleEncoder
from zoo.model import Model
from zoo.photos import Placement
from zoo.recipes.catalog import Catalog
from zoo.recipes.recipe import Recipe
from zoo.regions import Vocabulary
from zoo.types import Outcome, Pair, Person, Style


def placed(skeleton: tuple[Tensor, Tensor], placement: Placement) -> Person:
    """Joints (18,2) in pixels of a picture, and which are visible (18), as a pose at the model's size; or several (B,...)."""
    joints, visible = (x if x.ndim == of else x[None] for x, of in zip(skeleton, (3, 2), strict=True))
    return Person(size=placement.size, joints=placement.joints(joints), visible=visible)


def check_layout(recipe: Recipe, catalog: Catalog, *, layout: bool) -> None:
    """ZooError when the recipe needs a parsing of the target that does not come with the pose, or looks at none that does."""
    where = f"recipe {recipe.name} ({recipe.variant})"
    if recipe.oracle and not layout:
        raise ZooError("an oracle recipe needs the target's true parsing", where=where, fix="--set oracle=false", exit_code=2)
    if layout and not any("target.parsing" in catalog.component(k, p.use).needs for k, p in recipe.parts().items()):
        fix = "use a recipe that does, or leave the target's parsing to it"
        raise ZooError("no part of the recipe looks at a parsing of the target", where=where, fix=fix, exit_code=2)


def reading_source_parsing(recipe: Recipe, catalog: Catalog) -> list[str]:
    """The parts of the recipe that need a parsing of the source."""
    parts = [(kind, part.use) for _, kind, part in recipe.named_parts() if kind not in ("loss", "pairing")]
    return [f"{kind} {name}" for kind, name in parts if "source.parsing" in catalog.component(kind, name).needs]


@torch.no_grad()
def transfer(model: Model, source: Person, target: Person, others: Sequence[Person] = ()) -> Outcome:
    """The people of `source` in the poses of `target`, both at the model's size; runs where the model is.

    `others` are more photos of the same people, for a model that reads several.
    A parsing of `target` is what is painted on: that of another person (their layout, the source's textures) or an edited one.
    """
    device = next((p.device for p in model.parameters()), torch.device("cpu"))
    pair = Pair(source=source, target=target, others=tuple(others)).to(device)
    return model.eval()(pair, parsing=None if target.parsing is None else "truth")


@torch.no_grad()
def sampled(model: Model, outcome: Outcome, samples: int) -> list[Outcome]:
    """So many samples of what the model made, this one the first; ZooError where all would be one picture."""
    model.check_samples(samples)
    return [outcome, *(outcome.but(image=model.again(outcome, sample)) for sample in range(1, samples))]


def edit(
    model: Model, person: Person, reference: Person, swap: Sequence[str], regions: Vocabulary, target: Person | None = None
) -> Outcome:
    """`person` with the regions `swap` of `reference`, in the pose of `target` or its own; `regions`: the recipe's words.

    A `reference` that is a batch of one lends to everybody.
    """
    indices = [regions.index(name) for name in swap]
    worn = transfer(model, reference, without_image(reference))
    check_worn(worn.source, swap, regions)
    assert worn.style is not None
    style = _pictured(worn.style, worn.source).map(lambda x: x.expand(len(person), *x.shape[1:]))
    return transfer(_editing(model, style, indices), person, target or without_image(person))


def without_image(person: Person) -> Person:
    """The pose alone, as a target."""
    return person.but(image=None, parsing=None)


def laid_out(person: Person) -> Person:
    """The pose with its regions, as a target to paint on."""
    return person.but(image=None)


def strip(people: Sequence[Person | Outcome], regions: Vocabulary) -> Tensor:
    """(3,H,W) in [-1,1], side by side: photos, what was painted, and the parsing (of `regions`) of those without an image."""
    return torch.cat([F.pad(_panel(one, regions).cpu(), (0, 2), value=1.0) for one in people], 2)[..., :-2]


def _panel(one: Person | Outcome, regions: Vocabulary) -> Tensor:
    if one.image is not None:
        return one.image[0]
    assert isinstance(one, Person) and one.parsing is not None, "nothing to show"
    return labelled(one.parsing[0].argmax(0), label_colours(regions.labels)) * 2 - 1


def check_worn(reference: Person, swap: Sequence[str], regions: Vocabulary) -> None:
    """ZooError for a region of the recipe's words `regions` that nobody knows, or that the reference does not show."""
    indices = [regions.index(name) for name in swap]
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
        return self.encoder.edit(_pictured(self.encoder(source), source), self.reference, self.regions)


def _pictured(style: Style, person: Person) -> Style:
    """The style with the photo it was read from, so that an edit reaches the photo too, wherever that is carried."""
    return style if style.photo is not None else style.but(photo=person.image)


def _editing(model: Model, reference: Style, regions: Sequence[int]) -> Model:
    return Model(
        pose=model.pose, style=Edited(model.style, reference, regions), parsing=model.parsing, merge=model.merge,
        generator=model.generator, table=model.table, regions=model.regions, oracle=model.oracle, names=model.names,
        precision=model.precision,
    )  # fmt: skip
