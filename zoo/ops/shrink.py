"""What a model made, and what it was made from, seen smaller: for losses that judge where parts work that have not grown."""

import torch.nn.functional as F
from torch import Tensor

from zoo.ops.maps import scale_joints
from zoo.ops.regions import resize_parsing
from zoo.ops.warp import resize_flow
from zoo.types import Outcome, Pair, Person


def shrunk(outcome: Outcome, factor: int) -> Outcome:
    """The outcome at 1 / `factor` of its size, which that must divide; style and merged features stay as they are.

    Pixels are averaged, so an image whose pixels are repeated `factor` times a side comes back exactly; a parsing is read at
    one pixel of each square, so labels stay labels.
    """
    if factor == 1:
        return outcome
    return outcome.but(
        pair=_pair(outcome.pair, factor),
        source=smaller(outcome.source, factor),
        target=smaller(outcome.target, factor),
        parsing_logits=_averaged(outcome.parsing_logits, factor),
        image=_averaged(outcome.image, factor),
        back=None if outcome.back is None else shrunk(outcome.back, factor),
    )


def _pair(pair: Pair, factor: int) -> Pair:
    height, width = pair.target.size
    return pair.but(
        source=smaller(pair.source, factor),
        target=smaller(pair.target, factor),
        flow=None if pair.flow is None else resize_flow(pair.flow, (height // factor, width // factor)),
        visibility=_averaged(pair.visibility, factor),
    )


def smaller(person: Person, factor: int) -> Person:
    """The people at 1 / `factor` of their size, which that must divide."""
    size = (person.size[0] // factor, person.size[1] // factor)
    return person.but(
        size=size,
        joints=scale_joints(person.joints, person.size, size),
        image=_averaged(person.image, factor),
        parsing=None if person.parsing is None else resize_parsing(person.parsing, size),
        pose=_averaged(person.pose, factor),
        edges=_averaged(person.edges, factor),
    )


def _averaged(x: Tensor | None, factor: int) -> Tensor | None:
    return None if x is None else F.avg_pool2d(x, factor)
