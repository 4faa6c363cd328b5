"""Market-1501 as it is given away and as others keep it: who is nobody, what is held out, joints in place."""

import json
import pickle
from pathlib import Path

import pytest
import torch

from tests.datasets import miniature as mini
from tests.datasets.miniature import MARKET
from tests.support import SHARED, needs_shared
from zoo.errors import ZooError
from zoo.interfaces import Context
from zoo.recipes.catalog import catalog
from zoo.recipes.options import construct
from zoo.recipes.recipe import Part
from zoo.regions import vocabulary
from zoo_datasets.market import Market

CONTEXT = Context(size=(128, 64), regions=vocabulary("scm8"))
PEOPLE = [name for name in MARKET["test"] if not name.startswith(("-1", "0000"))]


def opened(root: Path, **options: object) -> Market:
    built = construct(catalog(), "dataset", Part(use="datasets.market", options={"root": str(root), **options}), CONTEXT)
    assert isinstance(built, Market)
    return built


def spgnet(root: Path) -> None:
    """img/train and img/test, a split and a pickle of joints in place of csvs."""
    mini.market_stored(root, ("img/train", "img/test"))
    labels, splits = {}, {}
    for split in ("train", "test"):
        (root / f"market-annotation-{split}.csv").unlink()
        snaps = [s for s in mini.made_up(MARKET[split], (128, 64), seed=len(f"img/{split}")) if s.name[0] != "-"]
        labels |= {s.name: [[int(x), int(y)] for x, y in s.joints] for s in snaps}
        splits[split] = [(a.name, b.name) for a in snaps for b in snaps if a is not b and a.name[:4] == b.name[:4] != "0000"]
    (root / "label").mkdir()
    (root / "label" / "pose_label.pkl").write_bytes(pickle.dumps(labels, 2))
    (root / "label" / "split.json").write_text(json.dumps(splits))


@pytest.mark.parametrize("folders", [("bounding_box_train", "bounding_box_test"), ("train", "test"), None])
def test_every_layout_shows_the_same_people(folders: tuple[str, str] | None, tmp_path: Path) -> None:
    if folders:
        mini.market_stored(tmp_path, folders)
    else:
        spgnet(tmp_path)
    data = opened(tmp_path)
    assert {data.names.names[i] for group in data.groups("test") for i in group} == {f"{name}.jpg" for name in PEOPLE}
    assert [len(data.groups(split)) for split in ("train", "test")] == [2, 2] and len(data.pairs("train")) == 4
    assert sum("-1_c" in name or "0000_c" in name for name in data.left_out["a person in their names"]) == 2
    pair = data.load("test", *torch.tensor(data.pairs("test")).T)
    assert len(pair) == 4 and pair.source.parsing is not None and data.vocabulary == "cihp20"
    folder = folders[1] if folders else "img/test"
    truth = {s.name: s for s in mini.made_up(MARKET["test"], (128, 64), seed=len(folder))}
    for row, name in enumerate(pair.names):
        snap = truth[name.partition("->")[0]]
        seen = torch.tensor(snap.joints[:, 0] >= 0)
        assert torch.equal(pair.source.joints[row][seen], torch.tensor(snap.joints)[seen].float())
        assert (pair.source.parsing[row].argmax(0) == torch.from_numpy(snap.labels)).float().mean() > 0.99


def test_the_12000_are_drawn_from_what_is_annotated_and_those_of_absent_photos_fall_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mini.market_stored(tmp_path)
    everything = opened(tmp_path)
    order = [tuple(everything.names.names[i] for i in pair) for pair in everything.pairs("test")]
    assert order == [
        (f"{PEOPLE[a]}.jpg", f"{PEOPLE[b]}.jpg") for a, b in [(2, 3), (3, 2), (1, 0), (0, 1)]
    ]  # as pandas orders four
    (tmp_path / "bounding_box_test" / f"{PEOPLE[0]}.jpg").unlink()
    less = opened(tmp_path)
    assert [tuple(less.names.names[i] for i in pair) for pair in less.pairs("test")] == order[:2]
    assert "2 of 4 published pairs are left out" in caplog.text


def test_joints_of_larger_pictures_are_refused(tmp_path: Path) -> None:
    mini.market_stored(tmp_path)
    snaps = [mini.Snap(s.name, s.photo, s.joints * 2, s.labels) for s in mini.made_up(MARKET["test"], (128, 64))]
    mini.write_rows(tmp_path / "market-annotation-test.csv", snaps, prefix="")
    with pytest.raises(ZooError, match="not in pixels of 128x64"):
        opened(tmp_path, joints="market-annotation-test.csv")


@needs_shared
def test_the_fixtures_crops_lie_as_their_rows_say() -> None:
    root = SHARED / "fixtures" / "market1501_images"
    data = opened(root, images=["DG-Net", "fast-reid"], pairs="unpaired")
    assert data.left_out == {"joints": ["0065_c6s1_009501_02.jpg"]} and len(data.groups("train")) == 22
