"""The lists of the field, counted; who is held out, and who lends a pose to whom."""

from collections import Counter, defaultdict

from tests.support import SHARED, needs_shared
from zoo.photos import read_annotations
from zoo_datasets.names import Names, who
from zoo_datasets.splits import held_out, listed_pairs, share, spread, strangers, within

MARKET = SHARED / "fixtures" / "market1501_annotations"


@needs_shared
def test_market_names_and_lists_give_the_known_counts() -> None:
    rows = read_annotations(MARKET / "market-annotation-test.csv")
    torsos = [name for name, (_, visible) in rows.items() if visible[[2, 5, 8, 11]].all()]
    names = [name for name in torsos if not name.startswith(("-1", "0000"))]  # junk and distractors
    identity, people = who("{person}_*", MARKET), defaultdict(list)
    for i, name in enumerate(names):
        people[identity(name)].append(i)
    pairs = set(within(people))
    chosen = listed_pairs(Names(names), MARKET / "market-pairs-test.csv")
    assert (len(rows), len(names), len(pairs)) == (19_732, 12_344, 257_198)
    assert len(set(chosen)) == 12_000 and set(chosen) <= pairs


def couples(names: list[str]) -> dict[str, list[int]]:
    """Everybody in two photos."""
    return {name: [2 * i, 2 * i + 1] for i, name in enumerate(names)}


def kept(people: dict[str, list[int]], part: float) -> set[str]:
    inside = share(people, part)
    return {name for name, photos in people.items() if set(photos) <= inside}


def test_nobody_else_decides_who_is_held_out() -> None:
    names = [str(n) for n in range(400)]
    chosen = kept(couples(names), 0.1)
    assert 25 < len(chosen) < 55 and chosen == {n for n in names if held_out(n, 0.1)}
    assert kept(couples(names[50:250]), 0.1) == chosen & set(names[50:250])


def test_a_few_people_leave_somebody_to_both_splits() -> None:
    people = couples(["ann", "bob", "cat"])
    assert len(kept(people, 0.01)) == 1 and len(kept(people, 0.99)) == 2
    assert not share(people, 0.0) and len(share(people, 1.0)) == 6


def test_the_rule_is_the_same_for_good() -> None:
    chosen = [name for name in (f"{n:04d}" for n in range(1, 31)) if held_out(name, 0.1)]
    assert chosen == ["0004", "0008", "0010", "0013", "0014", "0025"]


def test_strangers_lend_their_poses_evenly() -> None:
    people = couples(["ann", "bob", "cat"])
    owner = {i: name for name, photos in people.items() for i in photos}
    pairs = strangers(people, 12)
    assert len(set(pairs)) == 12 and all(owner[a] != owner[b] for a, b in pairs)
    assert set(Counter(a for a, _ in pairs[:6]).values()) == {1} and set(Counter(a for a, _ in pairs).values()) == {2}
    assert strangers(people, 5) == pairs[:5] and not strangers({"ann": [0, 1]}, 3)


def test_pairs_are_thinned_at_equal_distances() -> None:
    pairs = [(i, i + 1) for i in range(10)]
    assert spread(pairs, 3) == [pairs[0], pairs[3], pairs[6]] and spread(pairs, None) == spread(pairs, 99) == pairs
