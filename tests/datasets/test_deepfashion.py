"""DeepFashion in every layout that the field keeps: the same people in the same places, whatever lies on disk."""

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.datasets import miniature as mini
from tests.datasets.miniature import FASHION, HELD_OUT, Snap
from tests.support import SHARED, needs_shared
from zoo.errors import ZooError
from zoo.interfaces import Context
from zoo.recipes.catalog import catalog
from zoo.recipes.options import construct
from zoo.recipes.recipe import Part
from zoo.regions import vocabulary
from zoo_datasets.deepfashion import DeepFashion

CONTEXT = Context(size=(128, 88), regions=vocabulary("scm8"))
SNAPS = mini.made_up(FASHION)
Write = Callable[[Path, list[Snap]], None]
LAYOUTS: dict[str, tuple[Write, dict[str, object]]] = {
    "patn": (mini.patn, {}),
    "patn, cut photos": (partial(mini.patn, square=False), {}),
    "patn, fasion": (partial(mini.patn, prefix="fasion"), {}),
    "patn, lists": (mini.with_lists, {}),
    "cfld, large photos": (mini.large, {}),
    "pidm, squashed": (mini.squashed, {"square": "squashed"}),
    "adgan": (partial(mini.with_maps, words="scm8", name=lambda s: f"semantic_merge3/{mini.path_name(s)}.npy"), {}),
    "casd": (partial(mini.with_maps, words="cihp20", name=lambda s: f"semantic_merge3/{mini.path_name(s)}.png"), {}),
    "pise": (
        partial(mini.with_maps, words="pise8", name=lambda s: f"{mini.split_of(s)}SPL8/fashion{s.name}.png", square=True), {},
    ),
    "pinet": (
        partial(mini.with_maps, words="pinet12", name=lambda s: f"{mini.split_of(s)}SPL2/fashion{s.name}.png", square=True,
                photos=True), {},
    ),
    "spgnet": (mini.spgnet, {}),
    "in-shop, openpose": (mini.in_shop, {}),
    "maps of one pixel": (mini.heat_maps, {}),
    "maps of 256x256": (partial(mini.heat_maps, size=(256, 256), gaussian=True), {}),
    "nted, folders": (mini.nted, {}),
    "nted, lmdb": (partial(mini.nted, lmdb=True), {}),
}  # fmt: skip
WORDS = {"adgan": "scm8", "casd": "cihp20", "pise": "pise8", "pinet": "pinet12", "spgnet": "cihp20"}


def opened(root: Path, **options: object) -> DeepFashion:
    built = construct(catalog(), "dataset", Part(use="datasets.deepfashion", options={"root": str(root), **options}), CONTEXT)
    assert isinstance(built, DeepFashion)
    return built


def everybody(data: DeepFashion, split: str) -> list[set[str]]:
    return sorted(({data.names.names[i] for i in group} for group in data.groups(split)), key=min)


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout_shows_the_same_people_in_the_same_places(name: str, tmp_path: Path) -> None:
    if "lmdb" in name:
        pytest.importorskip("lmdb")
    write, options = LAYOUTS[name]
    write(tmp_path, SNAPS)
    data = opened(tmp_path, **options)
    assert [len(data.groups(split)) for split in ("train", "test")] == [2, 2]
    assert {n for group in everybody(data, "test") for n in group} == {f"fashion{n}.jpg" for n in FASHION[:HELD_OUT]}
    assert len(data.pairs("test")) == 6 + 2 and len(data.pairs("train")) == 2 + 2
    pair = data.load("test", *torch.tensor(data.pairs("test")).T)
    by_name = {f"fashion{s.name}": s for s in SNAPS}
    assert pair.source.image is not None and (pair.source.parsing is not None) == (name in WORDS)
    for row, said in enumerate(pair.names):
        snap = by_name[said.partition("->")[0]]
        truth, seen = torch.tensor(snap.joints), torch.tensor(snap.joints[:, 0] >= 0)
        assert torch.equal(pair.source.visible[row], seen)
        torch.testing.assert_close(pair.source.joints[row][seen], (truth[seen] + 0.5) / 2 - 0.5, atol=0.02, rtol=0)
        shown = torch.from_numpy(np.array(snap.photo.resize((88, 128), Image.Resampling.BICUBIC))).permute(2, 0, 1) / 127.5 - 1
        assert (pair.source.image[row] - shown).abs().mean() < 0.15, "another part of the photo"
        if pair.source.parsing is not None:
            labels = np.array(Image.fromarray(snap.as_words(WORDS[name])).resize((88, 128), Image.Resampling.NEAREST))
            assert (pair.source.parsing[row].argmax(0).numpy() == labels).mean() > 0.99
    if name in WORDS:
        assert data.vocabulary == WORDS[name]


def test_bands_that_are_kept_are_the_photos_own(tmp_path: Path) -> None:
    mini.with_maps(tmp_path, SNAPS, "cihp20", lambda s: f"seg/fashion{s.name}.png", photos=True)
    square = Context(size=(256, 256), regions=vocabulary("scm8"))
    part = Part(use="datasets.deepfashion", options={"root": str(tmp_path), "square": "keep"})
    pair = construct(catalog(), "dataset", part, square).load("test", torch.tensor([0]), torch.tensor([0]))  # type: ignore[attr-defined]
    snap = next(s for s in SNAPS if pair.names[0].startswith(f"fashion{s.name}->"))
    seen = torch.tensor(snap.joints[:, 0] >= 0)
    assert torch.equal(pair.source.joints[0][seen], torch.tensor(snap.joints)[seen].float() + torch.tensor([40.0, 0.0]))
    assert torch.allclose(pair.source.image[0, :, :, :38], torch.tensor(240 / 127.5 - 1), atol=0.02)
    assert pair.source.parsing[0, 0, :, :40].all() and torch.equal(
        pair.source.parsing[0].argmax(0)[:, 40:216], torch.from_numpy(snap.labels).long()
    )


def test_rows_without_shoulders_and_hips_are_left_out_and_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    hidden = [Snap(s.name, s.photo, s.joints.copy(), s.labels) for s in SNAPS]
    hidden[1].joints[8] = -1
    hidden[5].joints[:] = -1
    mini.with_lists(tmp_path, hidden)
    (tmp_path / "train" / "IMG_1.jpg").write_bytes((tmp_path / "train" / f"fashion{FASHION[6]}.jpg").read_bytes())
    with caplog.at_level(logging.WARNING):
        data = opened(tmp_path)
    assert data.left_out == {
        "a person in their names": ["train/IMG_1.jpg"],
        "both shoulders and both hips": [f"fashion{FASHION[1]}.jpg"],
        "joints": [f"fashion{FASHION[5]}.jpg"],
    }
    assert "3 of 10 photos are left out" in caplog.text and "6 of 12 listed pairs are left out" in caplog.text
    assert len(data.pairs("test")) == 4 and len(data.pairs("train")) == 2
    report = data.report()
    assert any("4,034 of 4,038 published test photos" in what for what in report.hints)


@pytest.mark.parametrize(
    ("shift", "options", "says"),
    [
        (40, {}, r"not in pixels of 256x176(.|\n)*frame = \"256x256\""),
        (0, {"frame": "256x256"}, r"not in pixels of 256x256(.|\n)*frame = \"256x176\""),
        (0, {"frame": "128x64"}, 'say frame = "256x176"'),
        (0, {"frame": "wide"}, 'say frame = "256x176"'),
        (0, {"square": "squashed"}, r"have flat bands(.|\n)*\"cut\" or \"keep\""),
        (0, {"joints": "none.csv"}, "no joints at .*none.csv"),
        (0, {"images": "highres"}, "no folder .*highres"),
        (0, {"images": ["train", "copy"]}, "are one photo by their names"),
        (0, {"parsing": "seg"}, "without its vocabulary"),
        (0, {"test": "none.lst"}, "cannot read none.lst"),
        (0, {"pairs": "none.csv"}, "cannot read none.csv"),
    ],
)
def test_what_cannot_be_right_is_refused(tmp_path: Path, shift: int, options: dict[str, object], says: str) -> None:
    mini.patn(tmp_path, SNAPS)
    mini.patn(tmp_path / "copy", SNAPS[-1:])
    for split in ("train", "test"):
        mine = [s for s in SNAPS if mini.split_of(s) == split]
        mini.write_rows(tmp_path / f"fasion-resize-annotation-{split}.csv", mine, shift=shift)
    with pytest.raises(ZooError, match=says):
        opened(tmp_path, **options)


def test_squeezed_photos_are_not_taken_for_banded_ones_and_other_sizes_are_refused(tmp_path: Path) -> None:
    mini.squashed(tmp_path, SNAPS)
    with pytest.raises(ZooError, match=r"no flat bands(.|\n)*square = \"squashed\""):
        opened(tmp_path)
    mini.save(Image.new("RGB", (300, 400)), tmp_path / "train" / "fashionMENDenimid0000026501_1front.jpg")
    with pytest.raises(ZooError, match="is 400x300"):
        opened(tmp_path, square="squashed")


def test_label_maps_of_other_words_are_not_taken(tmp_path: Path) -> None:
    mini.with_maps(tmp_path, SNAPS, "pise8", lambda s: f"{mini.split_of(s)}SPL8/fashion{s.name}.png", square=True)
    with pytest.raises(ZooError, match="lie there are pise8, not cihp20"):
        opened(tmp_path, vocabulary="cihp20")


def test_somebody_elses_pose_scores_one_photo_of_each_person(tmp_path: Path) -> None:
    mini.patn(tmp_path, [SNAPS[0], SNAPS[3], SNAPS[5], SNAPS[7]])
    data = opened(tmp_path, pairs="unpaired")
    pairs = data.pairs("test")
    assert len(pairs) == 2 and all(a != b for a, b in pairs)
    assert data.load("test", *torch.tensor(pairs).T).target.image is None
    with pytest.raises(ZooError, match="no pair in split test"):
        opened(tmp_path).pairs("test")


@needs_shared
def test_the_fixtures_photos_lie_as_their_rows_say(tmp_path: Path) -> None:
    snaps = mini.photographed(SHARED / "fixtures")
    mini.with_maps(tmp_path, snaps, "cihp20", lambda s: f"seg/fashion{s.name}.png", photos=True)
    data = opened(tmp_path)
    pairs = data.pairs("train") + data.pairs("test")
    pair = data.load("test", *torch.tensor(pairs).T)
    assert len(pair) == 6 and pair.source.parsing is not None
    x, y = pair.source.joints.round().long().unbind(-1)
    at = pair.source.parsing.argmax(1)[torch.arange(6)[:, None], y.clamp(0, 127), x.clamp(0, 87)]
    assert (at[pair.source.visible] > 0).float().mean() > 0.8  # joints fall on the person
