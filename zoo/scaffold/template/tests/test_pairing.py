"""Every person as often, two different images of one, and the same at the same position."""

from collections import Counter
from collections.abc import Sequence

import torch
from torch import Tensor
from zoo_myplugin.pairing import Evenly

from zoo.interfaces import Context, Dataset
from zoo.regions import vocabulary
from zoo.testing import make_pair
from zoo.types import Pair

PEOPLE = (range(2), range(2, 12), range(12, 13))  # the last cannot be paired


class Numbers(Dataset):
    """Remembers which images were asked for."""

    def groups(self, split: str) -> Sequence[Sequence[int]]:
        return PEOPLE

    def pairs(self, split: str) -> Sequence[tuple[int, int]]:
        return []

    def load(self, split: str, sources: Tensor, targets: Tensor) -> Pair:
        self.asked = list(zip(sources.tolist(), targets.tolist(), strict=True))
        return make_pair((4, 4), batch=len(sources))

    def digest(self, split: str) -> str:
        return ""


def drawn(start: int, count: int) -> list[tuple[int, int]]:
    data = Numbers()
    Evenly(Context((4, 4), vocabulary("scm8"))).sample(data, "train", seed=0, start=start, count=count)
    return data.asked


def test_every_person_is_drawn_as_often() -> None:
    pairs = drawn(0, 200)
    assert all(source != target for source, target in pairs)
    people = [[n for n, images in enumerate(PEOPLE) if source in images and target in images] for source, target in pairs]
    often = Counter(n for [n] in people)
    assert set(often) == {0, 1} and min(often.values()) > 80
    assert len({source for source, _ in pairs}) == 12, "and every image of theirs"


def test_a_position_is_the_same_pair_wherever_a_batch_begins() -> None:
    assert drawn(0, 8)[5:] == drawn(5, 3)
    assert torch.tensor(drawn(0, 8)).ne(torch.tensor(drawn(8, 8))).any()
