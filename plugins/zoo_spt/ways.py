"""The two ways of a cycle, as losses see them: there, to the target's pose, and back to the source's."""

from torch import Tensor

from zoo.errors import ZooError
from zoo.types import Outcome


def ways(outcome: Outcome) -> list[Outcome]:
    """There and, in a phase with `until = "cycle"`, back."""
    return [outcome] if outcome.back is None else [outcome, outcome.back]


def painted(outcome: Outcome) -> Tensor:
    """The image (B,3,H,W) of one way. ZooError when the phase stops before it."""
    if outcome.image is None:
        raise ZooError("this loss judges the image, but the phase stops before it", where="zoo_spt",
                       fix='--set phases.PHASE.until=cycle', exit_code=2)  # fmt: skip
    return outcome.image


def photo(outcome: Outcome) -> Tensor:
    """The one real image (B,3,H,W) there is: the source's."""
    assert outcome.source.image is not None, "an image was painted from it"
    return outcome.source.image
