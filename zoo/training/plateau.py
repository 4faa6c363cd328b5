"""A learning rate that falls where a loss on fixed pairs no longer does."""

import math
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from zoo.errors import ZooError
from zoo.interfaces import Dataset
from zoo.recipes.recipe import Plateau
from zoo.store.tensors import State
from zoo.types import Pair


class Slope:
    """What the looks at the watched loss said so far, and the rate that follows: `factor` for every plateau.

    A plateau is `patience` looks in a row none of which is the lowest yet; the count then begins anew.
    """

    def __init__(self, rule: Plateau) -> None:
        self.rule = rule
        self._told = torch.tensor([math.inf, 0, 0], dtype=torch.float64)  # the lowest, looks since then, plateaus

    @property
    def rate(self) -> float:
        """What the schedule's rate is multiplied with."""
        return self.rule.factor ** float(self._told[2])

    def note(self, value: float) -> None:
        """The loss at one more look; what is not finite is no better."""
        lowest, since, plateaus = self._told.tolist()
        if value < lowest:
            lowest, since = value, 0
        elif since + 1 < self.rule.patience:
            since += 1
        else:
            since, plateaus = 0, plateaus + 1
        self._told.copy_(torch.tensor([lowest, since, plateaus], dtype=torch.float64))

    def state(self) -> State:
        """What a resumed run needs."""
        return {"told": self._told}


def watched(data: Dataset, rule: Plateau) -> Tensor:
    """Which pairs are looked at (N,2), as images of the split; ZooError where it has none."""
    known = data.pairs(rule.split)
    count = min(rule.pairs, len(known))
    if not count:
        raise ZooError(
            f"split {rule.split!r} has no pairs on which a plateau could be told",
            where="plateau",
            fix="--set phases.PHASE.plateau.split=train",
            exit_code=2,
        )
    return torch.tensor([known[i * len(known) // count] for i in range(count)])


def loaded(data: Dataset, rule: Plateau, batch: int, sources: int = 1) -> Iterator[Pair]:
    """The same pairs in batches, with so many photos as the source."""
    for some in watched(data, rule).split(batch):
        photos = data.sources_of(rule.split, [(int(source), int(target)) for source, target in some], sources)
        yield data.load_several(rule.split, photos, some[:, 1])


def mean_over(values: Sequence[tuple[Tensor, int]]) -> Tensor:
    """The mean over samples of means over batches of so many."""
    return torch.stack([value.float() * count for value, count in values]).sum() / sum(count for _, count in values)
