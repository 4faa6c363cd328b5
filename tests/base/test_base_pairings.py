"""Pairings are pure functions of (seed, position) and cover every epoch."""

from collections.abc import Sequence

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from tests.support import make_pair
from zoo.errors import ZooError
from zoo.interfaces import Context, Dataset, Pairing
from zoo.regions import vocabulary
from zoo.types import Pair
from zoo_base.pairings import ListedPairs, RandomPairs, SelfPairing, Unpaired, stream

CONTEXT = Context(size=(8, 8), regions=vocabulary("scm8"))
GROUPS = ((4, 9, 2), (7, 1), (3,), (11, 10, 12, 13))


class Named(Dataset):
    """Its pairs carry their image indices as names."""

    vocabulary, gives = "scm8", frozenset({"parsing"})

    def __init__(self, groups: Sequence[Sequence[int]] = GROUPS, listed: Sequence[tuple[int, int]] = ()) -> None:
        self.of_train, self.listed = groups, listed

    def groups(self, split: str) -> Sequence[Sequence[int]]:
        return self.of_train

    def pairs(self, split: str) -> Sequence[tuple[int, int]]:
        return self.listed

    def load(self, split: str, sources: Tensor, targets: Tensor) -> Pair:
        names = tuple(f"{s}->{t}" for s, t in zip(sources.tolist(), targets.tolist(), strict=True))
        return make_pair((8, 8), len(names)).but(names=names)

    def digest(self, split: str) -> str:
        return ""


def seen(pairing: Pairing, start: int, count: int, seed: int = 0) -> list[tuple[int, int]]:
    names = pairing.sample(Named(), "train", seed=seed, start=start, count=count).names
    return [(int(s), int(t)) for s, t in (n.split("->") for n in names)]


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 20), st.integers(0, 5), st.integers(0, 60), st.integers(1, 30), st.integers(1, 7))
def test_stream_does_not_depend_on_how_it_is_cut(length: int, seed: int, start: int, count: int, cut: int) -> None:
    whole, chances = stream(length, seed=seed, start=start, count=count)
    pieces = [stream(length, seed=seed, start=i, count=min(cut, start + count - i)) for i in range(start, start + count, cut)]
    assert torch.equal(torch.cat([p[0] for p in pieces]), whole)
    assert torch.equal(torch.cat([p[1] for p in pieces]), chances)
    assert len(whole) == count and whole.min() >= 0 and whole.max() < length


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 20), st.integers(0, 5), st.integers(0, 5))
def test_every_epoch_is_a_permutation(length: int, seed: int, epoch: int) -> None:
    items, _ = stream(length, seed=seed, start=epoch * length, count=length)
    assert sorted(items.tolist()) == list(range(length))


def test_epochs_and_seeds_differ_and_the_global_state_is_untouched() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first, second = (stream(50, seed=0, start=s, count=50)[0] for s in (0, 50))
    other, _ = stream(50, seed=1, start=0, count=50)
    assert not torch.equal(first, second) and not torch.equal(first, other)
    assert torch.equal(torch.rand(3), expected)


def test_self_pairing_shows_every_image_once_as_both() -> None:
    pairs = seen(SelfPairing(CONTEXT), 0, 10)
    assert all(s == t for s, t in pairs)
    assert sorted(s for s, _ in pairs) == sorted(i for g in GROUPS for i in g)
    assert not SelfPairing(CONTEXT).needs_target


def test_random_pairs_stay_in_the_group_and_never_repeat_the_image() -> None:
    pairs = seen(RandomPairs(CONTEXT), 0, 900)
    group = {i: g for g in GROUPS for i in g}
    assert all(s != t and t in group[s] for s, t in pairs)
    assert sorted(s for s, _ in pairs[:9]) == sorted(i for g in GROUPS if len(g) > 1 for i in g)
    assert set(pairs) == {(a, b) for g in GROUPS for a in g for b in g if a != b}, "every ordered pair comes up in time"


@pytest.mark.parametrize("kind", [SelfPairing, RandomPairs])
def test_samples_are_a_pure_function_of_seed_and_position(kind: type[Pairing]) -> None:
    assert seen(kind(CONTEXT), 5, 12) == seen(kind(CONTEXT), 0, 17)[5:]  # type: ignore[call-arg]
    assert seen(kind(CONTEXT), 0, 12, seed=1) != seen(kind(CONTEXT), 0, 12)  # type: ignore[call-arg]


def test_a_pairing_notices_another_data_set() -> None:
    pairing = SelfPairing(CONTEXT)
    pairing.sample(Named(), "train", seed=0, start=0, count=2)
    assert pairing.sample(Named([[40]]), "train", seed=0, start=0, count=1).names == ("40->40",)


def test_single_images_cannot_be_paired() -> None:
    with pytest.raises(ZooError, match="no person with 2 images"):
        RandomPairs(CONTEXT).sample(Named([[1], [2]]), "train", seed=0, start=0, count=1)


def test_unpaired_poses_are_anybody_elses_and_tell_nothing_but_joints() -> None:
    pairing, owner = Unpaired(CONTEXT), {image: person for person, group in enumerate(GROUPS) for image in group}
    pairs = seen(pairing, 0, 40 * len(owner))
    assert sorted(s for s, _ in pairs[: len(owner)]) == sorted(owner), "every image once per epoch"
    assert all(owner[s] != owner[t] for s, t in pairs)
    assert {t for s, t in pairs if s == 4} == {i for i in owner if owner[i] != 0}, "everybody else comes up"
    pair = pairing.sample(Named(), "train", seed=0, start=0, count=4)
    assert (pair.target.image, pair.target.parsing, pair.flow, pair.visibility) == (None, None, None, None)
    assert pair.source.image is not None and not pairing.needs_target
    with pytest.raises(ZooError, match="one person only"):
        pairing.sample(Named([(1, 2, 3)]), "train", seed=0, start=0, count=1)


def test_listed_pairs_are_each_seen_once_in_an_epoch_as_they_are_listed() -> None:
    listed = [(4, 9), (9, 4), (7, 1), (11, 10), (3, 12)]
    names = ListedPairs(CONTEXT).sample(Named(listed=listed), "train", seed=3, start=5, count=10).names
    assert sorted(names[:5]) == sorted(names[5:]) == sorted(f"{a}->{b}" for a, b in listed) and names[:5] != names[5:]
    with pytest.raises(ZooError, match="no list of pairs"):
        ListedPairs(CONTEXT).sample(Named(), "train", seed=0, start=0, count=1)
