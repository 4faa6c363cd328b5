"""Photos decoded once and for all: the same pixels as ever, or a refusal that says the mend."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.datasets.test_folder import NAMES, parsed, photos
from zoo.documents.files import write_atomically
from zoo.errors import ZooError
from zoo.recipes.track import load_track
from zoo.types import Pair
from zoo_datasets import shards
from zoo_datasets.folder import Folder
from zoo_datasets.kept import Kept

__all__ = ["photos"]
EVERY = torch.arange(len(NAMES))
ROW = 32 * 32 * 4 + 18 * 9  # bytes


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four photos to a shard."""
    monkeypatch.setattr(shards, "SHARD", 4 * ROW)


def everything(root: Path) -> Pair:
    return parsed(root, test="all").load("test", EVERY, EVERY.flip(0))


def prepared(root: Path) -> Path:
    return parsed(root, test="all").prepare()


def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The photos that are decoded from now on."""
    seen: list[int] = []
    decode = Folder._decode

    def noted(self: Folder, i: int) -> tuple[torch.Tensor, torch.Tensor]:
        seen.append(i)
        return decode(self, i)

    monkeypatch.setattr(Folder, "_decode", noted)
    return seen


def test_a_batch_is_the_same_from_shards_and_decodes_nothing(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, digest = everything(photos), parsed(photos, test="all").digest("test")
    folder = prepared(photos)
    assert [p.name for p in sorted(folder.iterdir())] == ["0000.shard", "0001.shard", "0002.shard", "index.json"]
    seen, data = decoded(monkeypatch), parsed(photos, test="all")
    for _ in range(2):
        after = data.load("test", EVERY, EVERY.flip(0))
        for one, other in ((before.source, after.source), (before.target, after.target)):
            assert all(torch.equal(getattr(one, f), getattr(other, f)) for f in ("image", "parsing", "joints", "visible"))
    assert sorted(seen) == [0, 4, 8]  # the first of each shard, to see that photos are decoded as they were
    assert data.digest("test") == digest


def test_anybody_can_read_a_shard(photos: Path) -> None:
    rows = np.load(prepared(photos) / "0001.shard", mmap_mode="r")
    source = everything(photos).source
    assert rows.dtype.names == ("photo", "labels", "joints", "visible") and rows["photo"].shape == (4, 3, 32, 32)
    assert np.array_equal(rows["joints"], source.joints[4:8].numpy()) and rows["visible"].sum() == 4 * 17
    assert source.parsing is not None and np.array_equal(rows["labels"], source.parsing[4:8].argmax(1).numpy())


def test_the_same_photos_give_the_same_bytes(photos: Path) -> None:
    folder = prepared(photos)
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    for path in folder.iterdir():
        path.unlink()
    assert {path.name: path.read_bytes() for path in prepared(photos).iterdir()} == first


def another_photo(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("RGB", (24, 48), (1, 2, 3)).save(root / "bob_2.jpg")


def other_labels(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save(root / "parsing" / "bob_2.npy", np.full((48, 24), 9))


def other_joints(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = root / "keypoints.csv"
    table.write_text(table.read_text().replace("bob_2.jpg: [0, 2,", "bob_2.jpg: [0, 3,"))


def one_photo_less(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "bob_2.jpg").unlink()


def a_flipped_bit(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shard = next(root.glob("shards/*/0000.shard"))
    content = bytearray(shard.read_bytes())
    content[-1] ^= 1
    shard.write_bytes(content)


def a_lost_shard(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    next(root.glob("shards/*/0000.shard")).unlink()


def a_cut_shard(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shard = next(root.glob("shards/*/0000.shard"))
    shard.write_bytes(shard.read_bytes()[:-ROW])


def another_decoder(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decode = Folder._decode
    monkeypatch.setattr(Folder, "_decode", lambda self, i: (decode(self, i)[0] ^ 1, decode(self, i)[1]))


FAULTS = [another_photo, other_labels, other_joints, one_photo_less, a_flipped_bit, a_lost_shard, a_cut_shard, another_decoder]


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_stale_or_damaged_is_refused_and_mended(
    photos: Path, monkeypatch: pytest.MonkeyPatch, fault: Callable[[Path, pytest.MonkeyPatch], None]
) -> None:
    prepared(photos)
    fault(photos, monkeypatch)
    data = parsed(photos, test="all")
    index = torch.tensor([0])
    with pytest.raises(ZooError, match="run zoo data prepare again"):
        data.load("test", index, index)
    data.prepare()
    assert parsed(photos, test="all").load("test", index, index).names == ("ann_1->ann_1",)


def test_only_what_is_stale_is_done_again(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared(photos)
    another_photo(photos, monkeypatch)
    seen = decoded(monkeypatch)
    prepared(photos)
    assert sorted(seen) == [0, 1, 2, 3, 4, 8]  # of the others the first alone, to compare


def test_a_killed_preparation_goes_on_where_it_stood(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(path: Path, content: bytes) -> None:
        if path.name == "0001.shard":
            raise KeyboardInterrupt
        write_atomically(path, content)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(shards, "write_atomically", killed)
        prepared(photos)
    with pytest.raises(ZooError, match=r"1 of 3 shards are there(.|\n)*goes on where it stood"):
        everything(photos)
    seen = decoded(monkeypatch)
    prepared(photos)
    assert sorted(seen) == [0, 4, 5, 6, 7, 8]


@pytest.mark.parametrize("content", ["", "[]", "{", '{"format": 2}'])
def test_a_damaged_index_is_refused(photos: Path, content: str) -> None:
    (prepared(photos) / "index.json").write_text(content)
    with pytest.raises(ZooError, match=r"index.json"):
        everything(photos)


def test_shards_of_another_reading_lie_apart(photos: Path) -> None:
    prepared(photos)
    stretched = parsed(photos, test="all", fit="stretch")
    assert stretched.load("test", EVERY, EVERY).source.image is not None and isinstance(stretched.pixels, Kept)


def test_where_shards_lie_tells_no_track_apart(tmp_path: Path) -> None:
    track = load_track(Path("benchmarks/tracks/photos-128.toml"))
    (tmp_path / "mine.toml").write_text(
        Path("benchmarks/tracks/photos-128.toml").read_text().replace('fit = "stretch"', 'fit = "stretch"\nshards = "/fast"')
    )
    mine = load_track(tmp_path / "mine.toml")
    assert mine.digest() == track.digest() and "/fast" not in json.dumps(mine.portable())


def test_as_many_photos_as_deepfashion_has_stay_in_their_bound() -> None:
    photo, labels = torch.zeros(3, 256, 176, dtype=torch.uint8), torch.zeros(256, 176, dtype=torch.uint8)
    kept = Kept(lambda i: (photo, labels), 52_712, (256, 176), 0.5)
    assert kept.photos.nbytes + kept.labels.nbytes <= 0.5e9
    assert kept.read([0, 52_711])[0].shape == (2, 3, 256, 176)
    assert kept.filled.sum() == 1  # the last one finds no room, and is decoded each time
