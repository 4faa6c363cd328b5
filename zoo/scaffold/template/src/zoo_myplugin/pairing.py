"""A pairing: which (source, target) a phase sees. `zoo.interfaces.Pairing` is the contract."""

from collections.abc import Sequence

import torch

from zoo.errors import ZooError
from zoo.interfaces import Context, Dataset, Pairing
from zoo.ops.noise import seeded
from zoo.types import Pair


class Evenly(Pairing):
    """Every person as often as any other, however many photos there are of them; source and target are two of those."""

    def __init__(self, context: Context) -> None:
        """Options would be keyword-only arguments here."""

    def sample(self, data: Dataset, split: str, *, seed: int, start: int, count: int) -> Pair:
        """Samples [start, start + count) of an endless stream: each a function of the seed and its position alone."""
        people = [group for group in data.groups(split) if len(group) > 1]
        if not people:
            fix = "--set phases.PHASE.pairing=base.self, or data with several photos of a person"
            raise ZooError(f"split {split!r} has no person in two poses", where="pairing myplugin.evenly", fix=fix)
        drawn = [_two_of(people, seeded(seed, position)) for position in range(start, start + count)]
        sources, targets = torch.tensor(drawn).unbind(1)
        return data.load(split, sources, targets)


def _two_of(people: list[Sequence[int]], chance: torch.Generator) -> tuple[int, int]:
    group = people[int(torch.randint(len(people), (), generator=chance))]
    first, second = torch.randperm(len(group), generator=chance)[:2].tolist()
    return group[first], group[second]
