"""The lists of the field, counted."""

from itertools import permutations

from tests.support import SHARED, needs_shared
from zoo.photos import read_annotations
from zoo_datasets.splits import held_out, listed_pairs, people, share

MARKET = SHARED / "fixtures" / "market1501_annotations"


@needs_shared
def test_market_names_and_lists_give_the_known_counts() -> None:
    rows = read_annotations(MARKET / "market-annotation-test.csv")
    torsos = [name for name, (_, visible) in rows.items() if visible[[2, 5, 8, 11]].all()]
    names = [name for name in torsos if not name.startswith(("-1", "0000"))]  # junk and distractors
    pairs = {p for group in people(names, range(len(names))).values() for p in permutations(group, 2)}
    chosen = listed_pairs(names, MARKET / "market-pairs-test.csv")
    assert (len(rows), len(names), len(pairs)) == (19_732, 12_344, 257_198)
    assert len(set(chosen)) == 12_000 and set(chosen) <= pairs


def test_nobody_else_decides_who_is_held_out() -> None:
    names = [f"{who}_{view}" for who in range(400) for view in range(2)]
    kept = {names[i] for i in share(names, 0.1)}
    assert 2 * 25 < len(kept) < 2 * 55 and kept == {n for n in names if held_out(n.split("_")[0], 0.1)}
    fewer = names[100:500]
    assert {fewer[i] for i in share(fewer, 0.1)} == kept & set(fewer)


def test_a_few_people_leave_somebody_to_both_splits() -> None:
    names = [f"{who}_{view}" for who in ("ann", "bob", "cat") for view in range(2)]
    assert len(share(names, 0.01)) == 2 and len(share(names, 0.99)) == 4
    assert not share(names, 0.0) and len(share(names, 1.0)) == 6


def test_the_rule_is_the_same_for_good() -> None:
    kept = [name for name in (f"{n:04d}" for n in range(1, 31)) if held_out(name, 0.1)]
    assert kept == ["0004", "0008", "0010", "0013", "0014", "0025"]
