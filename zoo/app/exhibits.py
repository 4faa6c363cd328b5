"""What models make of a figure in a pose, and which models the page offers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from zoo.api.pipeline import Pipeline
from zoo.app.figures import Figure
from zoo.documents.names import BEST, FULL
from zoo.editing.studio import Studio
from zoo.explain import Explanation, Origin, explain, origins, traced
from zoo.explain.colours import glow
from zoo.model import Model
from zoo.ops.image import to_uint8
from zoo.photos import Placement, place
from zoo.photos.sightings import Skeleton
from zoo.recipes.catalog import catalog
from zoo.recipes.request import Request, resolve
from zoo.recipes.track import load_track
from zoo.regions import Vocabulary, remap_table, vocabulary
from zoo.store.registry import registry
from zoo.types import Outcome


@dataclass(frozen=True)
class Exhibit:
    """What a model made of a figure's photo, and what it knows of how."""

    image: Image.Image  # as large as the photo
    outcome: Outcome
    regions: Vocabulary  # of the recipe
    placement: Placement  # of the photo at the model's size
    model: Model
    notes: tuple[str, ...]  # what the picture is to be taken with, and what it lost

    def explained(self) -> Explanation:
        """The panels of what the model exposes."""
        return explain(self.outcome, self.regions)

    def origins(self, x: float, y: float) -> tuple[Origin, ...]:
        """Where the point (x, y) of the image came from, in every way that is exposed; both in pixels of the photo."""
        here = self.placement.joints(self.outcome.target.joints.new_tensor([x, y])).tolist()
        return tuple(self._in_the_photo(found) for found in origins(self.outcome, here[0], here[1], self._laid))

    def glowing(self, looked: Tensor) -> Image.Image:
        """The figure's photo, in which a row of the correlation field (h,w) shines."""
        assert self.outcome.source.image is not None, "a source comes with its photo"
        shine = F.interpolate(looked[None, None], self.outcome.source.size, mode="nearest-exact")[0, 0]
        return _picture(self.placement.undo(glow(self.outcome.source.image[0] / 2 + 0.5, shine) * 2 - 1))

    @cached_property
    def _laid(self) -> Tensor | None:
        return traced(self.model, self.outcome, self.regions)

    def _in_the_photo(self, found: Origin) -> Origin:
        x, y = self.placement.undo_joints(self.outcome.target.joints.new_tensor([found.x, found.y])).tolist()
        return replace(found, x=x, y=y)


def paint(
    model: Pipeline, figure: Figure, pose: Skeleton, reference: Figure | None = None, swap: Sequence[str] = (),
    others: Sequence[Figure] = (),
) -> Exhibit:  # fmt: skip
    """The figure in a pose in pixels of its photo, in the reference's regions `swap`, which are in the reference's words.

    A recipe that reads several photos sees `others` of the figure, too, but for clothes of another.
    """
    studio, regions = Studio(model.model, model.recipe, model.size), vocabulary(model.recipe.regions)
    worn = (studio.person(reference.subject), _called(swap, reference.words, model)) if reference and swap else None
    more = () if worn else tuple(studio.person(other.subject) for other in others)
    sitting = replace(studio.posed(figure.subject, pose), others=more)
    [[(outcome, image)]] = studio.pictures([sitting], worn)
    placement = place(figure.subject.size, model.size, studio.fit)
    return Exhibit(_picture(image), outcome, regions, placement, model.model, (*model.notes, *studio.lost(sitting, outcome)))


def _called(swap: Sequence[str], words: str, model: Pipeline) -> list[str]:
    """What the recipe calls regions."""
    table, labels = remap_table(words, model.recipe.regions, model.recipe.remap), vocabulary(model.recipe.regions).labels
    return sorted({labels[table[vocabulary(words).index(name)]] for name in swap})


def offered(first: Request) -> dict[str, Request]:
    """What can be picked, by the name that the page shows: `first`, then what the registry has weights of for photographs."""
    others = [(BEST, FULL, registry().defaults.photo), *((w.recipe, w.variant, w.track) for w in registry().weights)]
    asked = [first, *(replace(first, recipe=r, variant=v, track=t, weights=None, changes=[], size="") for r, v, t in others)]
    named = {_named(request): request for request in reversed(asked) if request is first or _of_photographs(request)}
    return dict(reversed(named.items()))


def _picture(image: Tensor) -> Image.Image:
    return Image.fromarray(to_uint8(image).permute(1, 2, 0).contiguous().numpy())


def _of_photographs(request: Request) -> bool:
    track = load_track(catalog().tracks[request.track])
    return "photographs" in catalog().component("dataset", track.dataset.use).gives


def _named(request: Request) -> str:
    recipe, track = resolve(request, catalog())
    name = recipe.name if recipe.variant == "full" else f"{recipe.name}/{recipe.variant}"
    changed = " ".join([name, *recipe.changes, *([request.weights.name] if request.weights else [])])
    return f"{changed}, {track.size[0]}x{track.size[1]}"
