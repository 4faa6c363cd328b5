"""Numbers of pictures and what they are of, as they are written down. Imports no torch."""

from typing import Annotated

from pydantic import Field

from zoo.documents.strict import Strict
from zoo.scoring.intervals import Score

Count = Annotated[int, Field(ge=0, lt=2**63)]


class PictureScore(Strict):
    """One number, and what it is of."""

    value: Score | None  # None where no picture has one
    pictures: Count  # outputs it is of
    undefined: Count = 0  # outputs without a number: no joints, nothing found, an infinite PSNR, one colour
    dropped: Count = 0  # outputs of a last batch that was not full
    real: Count | None = None  # real pictures that the outputs were compared with


class Counts(Strict):
    """How many pictures there were, and what became of them."""

    outputs: Count
    targets: Count
    used: Count  # outputs that were read beside their targets
    missing: Count = 0  # pairs of the list without an output
    left_out: Count = 0  # outputs without a target, or with several
    damaged: Count = 0  # files
