"""A folder of photos as a data set."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.support import SHARED, needs_shared
from zoo.errors import ZooError
from zoo.interfaces import Context
from zoo.model import build
from zoo.recipes.catalog import catalog
from zoo.recipes.options import construct
from zoo.recipes.recipe import Part, load_recipe
from zoo.recipes.track import load_track
from zoo.regions import vocabulary
from zoo_datasets.folder import Folder

CONTEXT = Context(size=(32, 32), regions=vocabulary("scm8"))
NAMES = [f"{who}_{view}.jpg" for who in ("ann", "bob", "cat", "dan") for view in "12"] + ["eve_1.jpg"]
TRACK = """
name = "spt-demo"
summary = "Two people in two poses: memory, not skill"
size = [128, 128]
protocol = "photos-v1"
budget = {{ steps = 300, batch = 4 }}

[dataset]
use = "datasets.folder"
root = "{root}"
images = "imgs/*.jpg"
joints = "imgs/keypoints.csv"
parsing = "parsing"
vocabulary = "spt10"
test = "all"
"""


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Nine small photos of five people, with joints and regions."""
    (tmp_path / "parsing").mkdir()
    rows = ["name:keypoints_y:keypoints_x"]
    for i, name in enumerate(NAMES):
        Image.new("RGB", (24, 48), (20 * i, 0, 0)).save(tmp_path / name)
        np.save(tmp_path / "parsing" / f"{Path(name).stem}.npy", np.full((48, 24), i, np.int64))
        rows.append(f"{name}: {[2 * j for j in range(18)]}: {[-1, *range(17)]}")
    (tmp_path / "keypoints.csv").write_text("\n".join(rows))
    return tmp_path


def folder(root: Path, **options: object) -> Folder:
    built = construct(catalog(), "dataset", Part(use="datasets.folder", options={"root": str(root), **options}), CONTEXT)
    assert isinstance(built, Folder)
    return built


def parsed(root: Path, **options: object) -> Folder:
    return folder(root, parsing="parsing", vocabulary="spt10", **options)


def test_people_are_split_as_a_whole_and_the_split_is_stable(photos: Path) -> None:
    data = folder(photos, test=0.5)
    train, test = ([data.names[i] for group in data.groups(split) for i in group] for split in ("train", "test"))
    assert sorted(train + test) == NAMES
    assert len(data.groups("test")) == 2 and not {n[:3] for n in test} & {n[:3] for n in train}
    assert data.groups("test") == folder(photos, test=0.5).groups("test")


def test_pairs_are_all_ordered_pairs_of_a_person(photos: Path) -> None:
    data = folder(photos, test="all")
    assert data.pairs("test") == [(a, b) for i in range(0, 8, 2) for a, b in ((i, i + 1), (i + 1, i))]


def test_lists_name_the_test_photos_and_the_pairs(photos: Path) -> None:
    (photos / "test.lst").write_text("bob_1.jpg\nbob_2.jpg\n")
    (photos / "pairs.csv").write_text("from,to\nbob_2.jpg,bob_1.jpg\nann_1.jpg,ann_2.jpg\n")
    data = folder(photos, test="test.lst", pairs="pairs.csv")
    assert data.groups("test") == [[2, 3]] and data.pairs("test") == [(3, 2)] and data.pairs("train") == [(0, 1)]


def test_a_batch_holds_photos_joints_and_regions_in_step(photos: Path) -> None:
    data = parsed(photos, test="all")
    pair = data.load("test", torch.tensor([0, 3]), torch.tensor([1, 2]))
    assert pair.names == ("ann_1->ann_2", "bob_2->bob_1")
    source = pair.source
    assert source.image is not None and source.parsing is not None and pair.target.image is not None
    assert source.image.shape == (2, 3, 32, 32) and source.parsing.shape == (2, 10, 32, 32)
    assert source.parsing[1, :, 16, 16].argmax() == 3
    assert source.parsing[1, 0, :, :8].all() and source.image[1, :, :, :8].eq(1).all()  # 48x24 lies in the middle as 32x16
    torch.testing.assert_close(source.joints[0, 10], torch.tensor([(9.5 / 1.5) - 0.5 + 8, (20.5 / 1.5) - 0.5]))
    assert not source.visible[0, 0] and source.visible[0, 1:].all()
    again = parsed(photos, test="all").load("test", torch.tensor([0, 3]), torch.tensor([1, 2]))
    assert again.source.image is not None and torch.equal(again.source.image, source.image)


def test_without_a_parsing_it_gives_none(photos: Path) -> None:
    data = folder(photos, test="all", fit="stretch")
    assert data.vocabulary == "scm8"
    assert data.load("test", torch.tensor([0]), torch.tensor([1])).source.parsing is None


def test_the_digest_is_of_the_content(photos: Path) -> None:
    digest = parsed(photos, test="all").digest("test")
    assert digest == parsed(photos, test="all").digest("test")
    assert digest != parsed(photos, test=0.4).digest("test")
    np.save(photos / "parsing" / "ann_1.npy", np.full((48, 24), 5))
    assert digest != parsed(photos, test="all").digest("test")


def test_joints_may_be_a_folder_of_openpose_files(photos: Path) -> None:
    (photos / "poses").mkdir()
    for name in NAMES:
        flat = "[" + ", ".join("3, 4, 1" for _ in range(18)) + "]"
        text = f'{{"people": [{{"pose_keypoints_2d": {flat}}}]}}'
        (photos / "poses" / f"{Path(name).stem}_keypoints.json").write_text(text)
    assert folder(photos, joints="poses", test="all").skeletons[0][0].tolist() == [[3, 4]] * 18


def break_row(root: Path, old: str, new: str) -> None:
    path = root / "keypoints.csv"
    path.write_text(path.read_text().replace(old, new))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"images": "*.png"}, "no photo matches"),
        ({"images": ["ann_1.jpg", "../ann_1.jpg"]}, "several photos are called ann_1.jpg"),
        ({"images": ["zoe_1.jpg"]}, "no file zoe_1.jpg"),
        ({"parsing": "parsing"}, "without its vocabulary"),
        ({"parsing": "masks", "vocabulary": "spt10"}, r"9 of 9 photos have no label map in masks: ann_1.jpg, ann_2.jpg"),
        ({"joints": "no.csv"}, "no file no.csv"),
        ({"test": 0.0}, "leaves no photo to test"),
        ({"test": 1.0}, "leaves no photo to train"),
        ({"test": "eve.lst"}, "no pair to score"),
        ({"test": "no.lst"}, "cannot read no.lst"),
        ({"pairs": "keypoints.csv"}, "not a list of pairs"),
        ({"fits": "pad"}, r"no option 'fits'(.|\n)*'fit'"),
    ],
)
def test_a_wrong_folder_is_refused(photos: Path, options: dict[str, object], says: str) -> None:
    (photos / "eve.lst").write_text("eve_1.jpg\n")
    with pytest.raises(ZooError, match=says):
        folder(photos, **options)


def test_broken_files_are_named_at_once_or_when_first_read(photos: Path) -> None:
    (photos / "pairs.csv").write_text("from,to\nzoe_1.jpg,ann_1.jpg\n")
    with pytest.raises(ZooError, match=r"names 'zoe_1.jpg'"):
        folder(photos, pairs="pairs.csv")
    np.save(photos / "parsing" / "ann_1.npy", np.zeros((9, 9), int))
    with pytest.raises(ZooError, match=r"ann_1.npy has shape \(9, 9\), its image needs \(H,W\) = \(48, 24\)"):
        parsed(photos).load("test", torch.tensor([0]), torch.tensor([0]))
    (photos / "parsing" / "bob_1.npy").unlink()
    with pytest.raises(ZooError, match=r"1 of 9 photos have no label map in parsing: bob_1.jpg"):
        parsed(photos)
    break_row(photos, "cat_1.jpg", "kat_1.jpg")
    with pytest.raises(ZooError, match=r"no row in keypoints.csv: cat_1.jpg"):
        folder(photos)


def test_a_photo_of_nobody_is_named(photos: Path) -> None:
    break_row(photos, f"dan_2.jpg: {[2 * j for j in range(18)]}", f"dan_2.jpg: {[-1] * 18}")
    with pytest.raises(ZooError, match=r"all joints are missing(.|\n)*dan_2.jpg"):
        folder(photos)


@needs_shared
def test_a_recipe_runs_on_the_track_of_real_photos(tmp_path: Path) -> None:
    path = tmp_path / "spt-demo.toml"
    path.write_text(TRACK.format(root=SHARED / "fixtures" / "spt_demo"))
    recipe = load_recipe(catalog().recipes["copy"])
    kit = build(recipe, load_track(path), catalog())
    pairs = kit.data.pairs("test")
    pair = kit.data.load("test", *torch.tensor(pairs).T)
    assert pair.names == ("2_A->2_B", "2_B->2_A", "3_A->3_B", "3_B->3_A")
    outcome = kit.model(pair)
    assert outcome.image.shape == (4, 3, 128, 128) and torch.equal(outcome.image, pair.source.image)
    assert outcome.source.parsing.shape[1] == 8
