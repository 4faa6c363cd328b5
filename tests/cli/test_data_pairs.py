"""`zoo data pairs`: the published lists, rebuilt from annotations and compared row for row."""

from pathlib import Path

from tests.cli.conftest import Zoo
from tests.support import SHARED, needs_shared
from zoo.photos import read_annotations
from zoo_datasets.lists import pairs_of
from zoo_datasets.shots import market

LISTS, MARKET = SHARED / "fixtures" / "patn_lists", SHARED / "fixtures" / "market1501_annotations"


@needs_shared
def test_pairs_of_deepfashion_are_rebuilt_as_far_as_there_are_annotations(zoo: Zoo, tmp_path: Path) -> None:
    some = LISTS / "fasion-resize-annotation-test.partial950.csv"
    done = zoo("data", "pairs", "datasets.deepfashion", "--annotations", some, "--out", tmp_path / "pairs.csv")
    built, published = set(pairs_of(tmp_path / "pairs.csv")), pairs_of(LISTS / "fasion-resize-pairs-test.reconstructed.csv")
    annotated = set(read_annotations(some))
    theirs = {pair for pair in published if set(pair) <= annotated}
    assert done.code == 0 and len(theirs) == 2_228 and "not the 8,570 published ones" in done.err
    more = {name for pair in built - theirs for name in pair} - {name for pair in published for name in pair}
    assert built >= theirs and len(built) == 2_240  # two photos show four joints to pose-gan's detector, not to PATN's
    assert {name[-20:-4] for name in more} == {"0000336104_2side", "0000796209_3back"}


@needs_shared
def test_the_pairs_of_market_are_rebuilt_row_for_row(zoo: Zoo, tmp_path: Path) -> None:
    call = ["data", "pairs", "datasets.market", "--out", tmp_path / "pairs.csv", "--annotations"]
    done = zoo(*call, MARKET / "market-annotation-test.csv")
    assert done.code == 0 and "the 12,000 published pairs, row for row" in done.err
    assert (tmp_path / "pairs.csv").read_text().split() == (MARKET / "market-pairs-test.csv").read_text().split()
    assert "left out: 6,617 photos of nobody by their names" in done.err
    done = zoo(*call, MARKET / "market-annotation-train.csv", "--split", "train")
    pairs = pairs_of(tmp_path / "pairs.csv")
    assert "as many pairs as published, 263,632" in done.err and len(pairs) == len(set(pairs)) == 263_632
    assert all((a := market(x)) and (b := market(y)) and a.identity == b.identity for x, y in pairs)


def test_a_list_of_pairs_needs_a_data_set_that_publishes_one(zoo: Zoo, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"a.jpg: {[3] * 18}: {[4] * 18}")
    call = ("--annotations", tmp_path / "a.csv", "--out", tmp_path / "pairs.csv")
    assert "no list of pairs" in zoo("data", "pairs", "datasets.folder", *call).err
    assert "no split 'val'" in zoo("data", "pairs", "datasets.market", *call, "--split", "val").err
    assert not (tmp_path / "pairs.csv").exists()
