"""Pairings are pure functions of (seed, position) and cover every epoch."""

from collections.abc import Sequence
from dataclasses import replace

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


def with_others(kind: type[Pairing], sources: int, count: int = 12, start: int = 0) -> Pair:
    listed = [(4, 9), (11, 10), (12, 13)]
    pairing = kind(replace(CONTEXT, sources=sources))  # type: ignore[call-arg]
    return pairing.sample(Photographed(listed=listed), "train", seed=0, start=start, count=count)


class Photographed(Named):
    """The red of every photo is its image index."""

    def load(self, split: str, sources: Tensor, targets: Tensor) -> Pair:
        pair = super().load(split, sources, targets)
        red = pair.source.but(image=sources.float()[:, None, None, None].expand(-1, 3, 8, 8))
        return pair.but(source=red)


def photos(pair: Pair) -> list[list[int]]:
    """The images of each source."""
    people = (pair.source, *pair.others)
    return torch.stack([p.image[:, 0, 0, 0] for p in people if p.image is not None], 1).long().tolist()


@pytest.mark.parametrize("kind", [SelfPairing, RandomPairs, ListedPairs])
def test_further_photos_are_of_the_same_person_and_never_the_target(kind: type[Pairing]) -> None:
    group = {i: g for g in GROUPS for i in g}
    pair = with_others(kind, 2)
    for images, name in zip(photos(pair), pair.names, strict=True):
        source, target = map(int, name.split("->"))
        assert images[0] == source and images[1] in group[source] and images[1] not in (source, target)
    assert photos(pair)[5:] == photos(with_others(kind, 2, 7, start=5)), "a resumed run sees the same"


def test_further_photos_come_on_top_and_the_pairs_stay() -> None:
    enough = GROUPS[3]  # the only person with four photos
    one, two, three = (
        RandomPairs(replace(CONTEXT, sources=s)).sample(Photographed([enough]), "train", seed=0, start=0, count=8)
        for s in (1, 2, 3)
    )
    assert one.names == two.names == three.names and not one.others
    assert [p[:2] for p in photos(three)] == photos(two)
    assert len({tuple(p[1:]) for p in photos(three)}) > 2, "another draw for every pair"


def test_batches_of_fewer_photos_are_the_first_of_the_others() -> None:
    some, all_of_them = (RandomPairs(replace(CONTEXT, sources=3), fewer=fewer) for fewer in (0.75, 0.0))
    seen: list[int] = []
    for start in range(0, 600, 2):
        fewer, three = (p.sample(Photographed([GROUPS[3]]), "train", seed=0, start=start, count=2) for p in (some, all_of_them))
        seen.append(1 + len(fewer.others))
        assert fewer.names == three.names and photos(fewer) == [p[: seen[-1]] for p in photos(three)]
        assert len(three.others) == 2
    shares = [seen.count(n) / len(seen) for n in (1, 2, 3)]
    assert shares == pytest.approx([0.375, 0.375, 0.25], abs=0.08)
    with pytest.raises(ZooError, match="share"):
        RandomPairs(CONTEXT, fewer=1.5)


def test_too_few_photos_of_a_person_are_refused() -> None:
    with pytest.raises(ZooError, match="no person with 6 images"):
        with_others(RandomPairs, 5)
    with pytest.raises(ZooError, match=r"2 more photos .* there are 1"):
        with_others(ListedPairs, 3)
