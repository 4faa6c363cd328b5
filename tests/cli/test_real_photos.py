"""The unpaired recipe on two real pairs: a few steps of training, then each photo in the other's pose, by the commands."""

from pathlib import Path

import pytest
from PIL import Image

from tests.cli.conftest import Zoo
from tests.support import SHARED, needs_shared

PHOTOS = SHARED / "fixtures" / "spt_demo"
TRACK = f"""
name = "spt-demo"
size = [64, 64]
scale = "small"
protocol = "photos-v1"
features = "figures.features"
detector = "figures.detector"
budget = {{ steps = 6, batch = 2 }}

[dataset]
use = "datasets.folder"
root = "{PHOTOS}"
images = "imgs/*.jpg"
joints = "imgs/keypoints.csv"
parsing = "parsing"
vocabulary = "spt10"
person = "{{person}}_*"
test = "all"
"""


@needs_shared
def test_spt_trains_on_real_photos_and_transfers_both_pairs(zoo: Zoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("photos.toml").write_text(TRACK)
    common = ["--recipe", "spt", "--track", "photos.toml"]
    trained = zoo("train", *common, "--out", "run")
    assert trained.code == 0, trained.err
    joints = PHOTOS / "imgs" / "keypoints.csv"
    for person in ("2", "3"):
        source, target = (PHOTOS / "imgs" / f"{person}_{view}.jpg" for view in "AB")
        parsings = [PHOTOS / "parsing" / f"{person}_{view}.npy" for view in "AB"]
        photo = ["--source", source, "--source-joints", joints, "--source-parsing", parsings[0], "--regions", "spt10"]
        painted = ["--weights", "run/weights.safetensors", "--out", f"{person}.png"]
        posed = zoo("transfer", *common, *photo, "--target", target, "--target-joints", joints, *painted)
        assert posed.code == 0, posed.err
        with Image.open(f"{person}.png") as picture, Image.open(target) as photograph:
            assert picture.size == photograph.size
        laid = ["--target", target, "--target-joints", joints, "--target-parsing", parsings[1], "--back", "back.png"]
        both = zoo("transfer", *common, *photo, *laid, *painted, "--force")
        assert both.code == 0 and Path("back.png").is_file(), both.err


@needs_shared
def test_two_photos_are_enough(zoo: Zoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    one, other = PHOTOS / "imgs" / "2_A.jpg", PHOTOS / "imgs" / "3_B.jpg"
    done = zoo("transfer", "--source", one, "--target", other, "--out", "out.png")
    assert done.code == 0 and "never saw a photo" not in done.err, done.err
    with Image.open("out.png") as picture, Image.open(other) as photograph:
        assert picture.size == photograph.size
