"""Whether a picture follows the regions that were drawn for it."""

import torch

from zoo.editing.transfer import transfer
from zoo.model import Model
from zoo.types import Outcome

SEEN = 4.0  # of 255: a mean change of less is one that nobody sees


def unheeded(model: Model, outcome: Outcome) -> str | None:
    """What is to be said where the drawn regions made no difference to the picture; None where they did."""
    moved = moved_by_regions(model, outcome)
    if moved is None or moved >= SEEN:
        return None
    return (
        "these weights do not follow drawn regions: where yours are others than they would have predicted, the picture is the "
        f"same to {SEEN:g} of 255"
    )


@torch.no_grad()
def moved_by_regions(model: Model, outcome: Outcome) -> float | None:
    """How far the drawn regions moved the picture where they differ from those that the model predicts: the mean, of 255.

    One more forward pass. None where nothing was drawn, where the model predicts no regions, and where it predicts just these.
    """
    pair, drawn = outcome.pair, outcome.target.parsing
    if pair.target.parsing is None or drawn is None or outcome.image is None or model.oracle or model.parsing is None:
        return None
    plain = transfer(model, pair.source, pair.target.but(parsing=None), pair.others)
    assert plain.image is not None and plain.target.parsing is not None, (
        "a whole forward pass of a recipe that predicts regions"
    )
    other = drawn.argmax(1) != plain.target.parsing.argmax(1)  # (B,H,W)
    change = (outcome.image - plain.image).abs().mean(1)[other] * 127.5
    return float(change.mean()) if len(change) else None
