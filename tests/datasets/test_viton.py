"""VITON as a data set: its folders by their names, its list of pairs, nobody's target looked at."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.cli.conftest import Zoo, zoo
from tests.support import SHARED, needs_shared
from zoo.errors import ZooError
from zoo.interfaces import Context
from zoo.recipes.catalog import catalog
from zoo.recipes.options import construct
from zoo.recipes.recipe import Part
from zoo.regions import vocabulary
from zoo_datasets.viton import Viton

__all__ = ["zoo"]
CONTEXT = Context(size=(64, 48), regions=vocabulary("scm8"))
SAMPLES = SHARED / "fixtures" / "viton_samples"
TRACK = """
name = "viton-tiny"
dataset = { use = "datasets.viton", root = "viton", test = 0.4, fit = "stretch" }
size = [64, 48]
scale = "small"
protocol = "unpaired-v1"
features = "photos.features"
detector = "photos.detector"
judge = "photos.judge"
budget = { steps = 2, batch = 2 }
"""


def laid_out(root: Path, numbers: range, pose: str = "pose", parsing: str = "image-parse") -> Path:
    """Photos 48x36 of a few people; the joints of number n start n pixels from the left."""
    for folder in ("image", pose, parsing):
        (root / folder).mkdir(parents=True)
    for n in numbers:
        Image.new("RGB", (36, 48), (n, 0, 0)).save(root / "image" / f"{n:06d}_0.jpg")
        Image.fromarray(np.full((48, 36), n % 20, np.uint8)).save(root / parsing / f"{n:06d}_0.png")
        flat = [v for i in range(18) for v in (n + i, 2 * i + 3, 0.9)]
        (root / pose / f"{n:06d}_0_keypoints.json").write_text(json.dumps({"people": [{"pose_keypoints": flat}]}))
    return root


def viton(root: Path, **options: object) -> Viton:
    built = construct(catalog(), "dataset", Part(use="datasets.viton", options={"root": str(root), **options}), CONTEXT)
    assert isinstance(built, Viton)
    return built


def test_one_folder_holds_a_share_of_its_people_out(tmp_path: Path) -> None:
    data = viton(laid_out(tmp_path, range(1, 11)), test=0.3)
    train, test = ({i for group in data.groups(split) for i in group} for split in ("train", "test"))
    assert len(train | test) == 10 and not train & test and all(len(group) == 1 for group in data.groups("train"))
    pair = data.load("test", *torch.tensor(data.pairs("test")).T)
    assert pair.target.image is None and pair.target.parsing is None and all(a != b for a, b in data.pairs("test"))
    assert pair.source.image is not None and pair.source.parsing is not None and pair.source.parsing.shape[1] == 20


def test_halves_and_the_folders_of_viton_hd_are_known(tmp_path: Path) -> None:
    laid_out(tmp_path / "train", range(1, 5), "openpose_json", "image-parse-v3")
    laid_out(tmp_path / "test", range(5, 8), "openpose-json", "image-parse-new")
    data = viton(tmp_path)
    held = {data.names.names[i] for group in data.groups("test") for i in group}
    assert held == {f"test/image/{n:06d}_0.jpg" for n in range(5, 8)} and len(data.groups("train")) == 4
    assert data.skeletons[2][0][0].tolist() == [7, 3]


def test_the_list_pairs_a_garment_with_the_person_who_is_to_wear_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    laid_out(tmp_path / "train", range(1, 3))
    laid_out(tmp_path / "test", range(3, 8))
    (tmp_path / "test_pairs.txt").write_text(
        "000003_0.jpg 000004_1.jpg\n000005_0.jpg 000009_1.jpg\n000006_0.jpg 000003_1.jpg\n"
    )
    data = viton(tmp_path)
    named = [[data.names.names[i][-10:-6] for i in pair] for pair in data.pairs("test")]
    assert named == [["0004", "0003"], ["0003", "0006"]] and "1 of 3 pairs are left out" in caplog.text
    assert data.load("test", *torch.tensor(data.pairs("test")).T).target.image is None
    assert len(viton(tmp_path, test_pairs=1).pairs("test")) == 1
    (tmp_path / "test_pairs.txt").write_text("000003_0.jpg\n")
    with pytest.raises(ZooError, match="person and a garment"):
        viton(tmp_path)


@pytest.mark.parametrize("missing", ["image", "pose", "image-parse"])
def test_a_folder_that_is_not_there_is_named(tmp_path: Path, missing: str) -> None:
    shutil.rmtree(laid_out(tmp_path, range(1, 4)) / missing)
    with pytest.raises(ZooError, match=rf"{missing}(.|\n)*datasets\.viton"):
        viton(tmp_path)


@needs_shared
def test_a_recipe_is_trained_and_scored_on_the_samples(zoo: Zoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder, to in (("image", "image"), ("pose", "pose"), ("image-parse-new", "image-parse")):
        shutil.copytree(SAMPLES / folder, tmp_path / "viton" / to)
    Path("tiny.toml").write_text(TRACK)
    done = zoo("run", "--recipe", "scmnet", "--track", "tiny.toml", "--from-scratch", "--json")
    assert done.code == 0, done.err
    assert done.json["pairs"] >= 1 and "pckh" in done.json["scores"]
    shown = zoo("run", "--recipe", "copy", "--track", "viton-192", "--root", "viton", "--json")
    assert shown.code == 0 and shown.json["pairs"] >= 1, shown.err
