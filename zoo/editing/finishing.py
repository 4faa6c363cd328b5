"""What was painted at the model's size, brought to the photo's own."""

import torch
from torch import Tensor

from zoo.errors import ZooError
from zoo.interfaces import LaysOut
from zoo.model import Model
from zoo.photos import Placement, at_most
from zoo.photos.images import LARGE
from zoo.photos.sightings import Size
from zoo.types import Outcome, Pair, Person

OWN = 1 << 22  # pixels of a photo at most that figures are cut out of and laid out in


def written_size(model: Model, frame: Size) -> Size:
    """The size in which a picture of size `frame` is made: figures are laid out in fewer pixels than are enlarged."""
    return at_most(frame, OWN if laying_out(model) else LARGE)


def lost(model: Model, frame: Size, size: Size) -> list[str]:
    """What is made of a photo of size `frame`, painted at `size`, and shows less than the photo: why."""
    written, told = written_size(model, frame), []
    if written != frame:
        sizes = f"{written[0]}x{written[1]}, not {frame[0]}x{frame[1]} (height x width)"
        told.append(f"the picture is {sizes}: larger ones are worked with at this size")
    if laying_out(model) is None and written[0] > size[0] and written[1] > size[1]:
        told.append(f"the picture is coarser than the photo: it was painted at {size[0]}x{size[1]} and enlarged")
    return told


def laying_out(model: Model) -> LaysOut | None:
    """The merging operator, or one of its wrappers, that lays the photo itself out at any size."""
    return next((module for module in model.merge.modules() if isinstance(module, LaysOut)), None)


@torch.no_grad()
def at_own_size(model: Model, outcome: Outcome, source: Person, target: Person, placement: Placement) -> Tensor:
    """The image (3,H,W) in [-1,1] of a transfer at the photo's own size, to which `source` and `target` are given.

    I = L + U(I_m - L_m): the photo laid out at its own size, and what the model made of the photo laid out at the model's size,
    enlarged by U. Where the model changed nothing every pixel is the photo's. ZooError for a model that lays nothing out.
    """
    layer = laying_out(model)
    if layer is None or outcome.image is None:
        raise ZooError("the model lays no photo out", where="zoo.editing.finishing", fix="enlarge what it painted")
    own = model.translate(Pair(source=source, target=target).to(outcome.image.device))
    large, small = (_laid_out(layer, *people) for people in ((own.source, own.target), (outcome.source, outcome.target)))
    changed = 2 * placement.undo((outcome.image - small)[0] / 2)  # halved: a difference of images lies in [-2, 2]
    return (large[0] + changed).clamp(-1, 1).cpu()


def _laid_out(layer: LaysOut, source: Person, target: Person) -> Tensor:
    assert source.image is not None, "a source comes with its photo"
    return layer.lay_out(source.image, source, target)
