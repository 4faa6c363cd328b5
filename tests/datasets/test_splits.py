"""The lists of the field, counted."""

from itertools import permutations

from tests.support import SHARED, needs_shared
from zoo.photos import read_annotations
from zoo_datasets.splits import listed_pairs, people, share

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


def test_a_new_photo_moves_nobody_to_the_other_split() -> None:
    names = [f"{who}_{view}" for who in range(20) for view in range(3)]
    before = {names[i] for i in share(names, 0.3)}
    assert len(before) == 18
    longer = [*names, "7_3"]
    assert {longer[i] for i in share(longer, 0.3)} - {"7_3"} == before
