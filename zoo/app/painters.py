"""The recipes that the page offers, each as a model that paints a figure in a pose."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from zoo.app.figures import Figure, Skeleton
from zoo.editing.finishing import at_own_size, laying_out
from zoo.editing.transfer import edit, placed, transfer
from zoo.explain import Explanation, Origin, explain, origins, traced
from zoo.explain.colours import glow
from zoo.model import Model, build_context, build_model
from zoo.ops.image import to_uint8
from zoo.photos import Placement, place
from zoo.recipes.catalog import catalog
from zoo.recipes.recipe import Recipe
from zoo.recipes.request import Request, resolve
from zoo.recipes.track import load_track
from zoo.regions import Vocabulary, remap_table, vocabulary
from zoo.running import choose_device, stored_weights
from zoo.store.registry import registry
from zoo.types import Outcome


@dataclass(frozen=True)
class Picturing:
    """What a model made of a figure's photo, and what it knows of how."""

    image: Image.Image  # as large as the photo
    outcome: Outcome
    regions: Vocabulary  # of the recipe
    placement: Placement  # of the photo at the model's size
    model: Model
    told: str = ""  # what the picture lost

    @cached_property
    def _laid(self) -> Tensor | None:
        return traced(self.model, self.outcome, self.regions)

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

    def _in_the_photo(self, found: Origin) -> Origin:
        x, y = self.placement.undo_joints(self.outcome.target.joints.new_tensor([found.x, found.y])).tolist()
        return replace(found, x=x, y=y)


@dataclass(frozen=True)
class Atelier:
    """A model with its weights that reads regions in `words`."""

    model: Model
    recipe: Recipe
    size: tuple[int, int]
    words: str

    @classmethod
    def of(cls, request: Request, words: str) -> "Atelier":
        """Build and fill it; ZooError where there are no weights, or where the recipe cannot read regions in `words`."""
        recipe, track = resolve(request, catalog())
        context = build_context(recipe, track, catalog(), seed=request.seed)
        model = build_model(recipe, context, words, catalog())
        stored_weights(request, recipe, track, model)
        return cls(model.to(choose_device(request.device)), recipe, track.size, words)

    def paint(
        self, figure: Figure, pose: Skeleton, reference: Figure | None = None, swap: Sequence[str] = ()
    ) -> Picturing:  # fmt: skip
        """The figure in a pose in pixels of its photo, wearing the regions `swap`, in `words`, of the reference."""
        placement, regions = place(figure.frame, self.size, "pad"), vocabulary(self.recipe.regions)
        person, target = figure.person(placement), placed(pose, placement)
        if reference and swap:
            worn = reference.person(place(reference.frame, self.size, "pad"))
            outcome = edit(self.model, person, worn, self._called(swap, regions), regions, target)
        else:
            outcome = transfer(self.model, person, target)
        image = _picture(self._at_own_size(outcome, figure, pose, placement))
        return Picturing(image, outcome, regions, placement, self.model)

    def _called(self, swap: Sequence[str], regions: Vocabulary) -> list[str]:
        """What the recipe calls regions."""
        table, known = remap_table(self.words, regions.name), vocabulary(self.words)
        return sorted({regions.labels[table[known.index(name)]] for name in swap})

    def _at_own_size(self, outcome: Outcome, figure: Figure, pose: Skeleton, placement: Placement) -> Tensor:
        assert outcome.image is not None, "a whole forward pass paints an image"
        if laying_out(self.model) is None:
            return placement.undo(outcome.image[0].cpu())
        own = place(figure.frame, figure.frame)
        return at_own_size(self.model, outcome, figure.person(own), placed(pose, own), placement)


def offered(first: Request) -> dict[str, Request]:
    """What can be picked, by the name that the page shows: `first`, then what the registry has weights of for photographs."""
    default = registry().defaults.photo
    others = [(default.recipe, default.variant, default.track), *((w.recipe, w.variant, w.track) for w in registry().weights)]
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
