"""The committed records hold to what is asked of those that others hand in."""

import pytest

from zoo.api.standings import committed
from zoo.recipes.catalog import catalog
from zoo.results.files import read_records
from zoo.results.pairs import read_pairs
from zoo.results.record import Record
from zoo.store.registry import locate, registry
from zoo.submission.rescoring import rescore
from zoo.submission.sound import problems

RECORDS = read_records([committed()])
SHIPPED = {entry.sha256: entry for entry in registry().weights}
PAIRED = [r for r in RECORDS if r.pair_scores and (r.weights.sha256 is None or r.weights.sha256 in SHIPPED)]


def name(record: Record) -> str:
    return f"{record.track_name}-{record.recipe_name}-{record.variant}-{record.id[:6]}"


@pytest.mark.parametrize("record", RECORDS, ids=name)
def test_committed_records_are_sound(record: Record) -> None:
    wrong = problems(record, committed())
    assert wrong == ([] if record.pair_scores else ["it has no scores of pairs: score it again with zoo run"])


@pytest.mark.parametrize("record", [r for r in PAIRED if r.track_name == "figures-64"], ids=name)
def test_shipped_weights_give_the_scores_of_pairs_again(record: Record) -> None:
    pairs = read_pairs(record, committed())
    assert pairs is not None
    weights = locate(SHIPPED[record.weights.sha256]) if record.weights.sha256 else None
    found = rescore(record, pairs, weights, catalog(), sample=6)
    assert found and all(one.agrees for one in found), found


def test_the_papers_have_scores_of_pairs() -> None:
    assert {"copy", "mean", "partflow", "scmnet", "spgnet", "spt"} <= {r.recipe_name for r in PAIRED}
