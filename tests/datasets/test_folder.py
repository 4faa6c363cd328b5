"""A folder of photos as a data set."""

import json
import logging
import unicodedata
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
from zoo.recipes.loading import load_recipe
from zoo.recipes.options import construct
from zoo.recipes.recipe import Part
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
person = "{{person}}_*"
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
    every = {"root": str(root), "person": "{person}_*", **options}
    built = construct(catalog(), "dataset", Part(use="datasets.folder", options=every), CONTEXT)
    assert isinstance(built, Folder)
    return built


def parsed(root: Path, **options: object) -> Folder:
    return folder(root, parsing="parsing", vocabulary="spt10", **options)


def test_people_are_split_as_a_whole_and_the_split_is_stable(photos: Path) -> None:
    data = folder(photos, test=0.5)
    train, test = ([data.names.names[i] for group in data.groups(split) for i in group] for split in ("train", "test"))
    assert sorted(train + test) == NAMES
    assert len(data.groups("test")) == 2 and not {n[:3] for n in test} & {n[:3] for n in train}
    assert data.groups("test") == folder(photos, test=0.5).groups("test")


def test_pairs_are_all_ordered_pairs_of_a_person(photos: Path) -> None:
    data = folder(photos, test="all")
    assert data.pairs("test") == [(a, b) for i in range(0, 8, 2) for a, b in ((i, i + 1), (i + 1, i))]


def test_a_split_that_there_is_not_is_refused(photos: Path) -> None:
    with pytest.raises(ZooError, match="unknown split 'val'"):
        folder(photos).pairs("val")


def test_pairs_that_are_hardly_meant_are_counted(photos: Path, caplog: pytest.LogCaptureFixture) -> None:
    good = ["bob_2.jpg,bob_1.jpg", "ann_1.jpg,ann_2.jpg"]
    (photos / "test.lst").write_text("bob_1.jpg\nbob_2.jpg\n")
    (photos / "good.csv").write_text("\n".join(["from,to", *good]))
    folder(photos, test="test.lst", pairs="good.csv")
    assert "listed pairs" not in caplog.text
    odd = ["ann_1.jpg,cat_1.jpg", "bob_1.jpg,ann_1.jpg", "ann_2.jpg,ann_2.jpg", good[0]]
    (photos / "odd.csv").write_text("\n".join(["from,to", *good, *odd]))
    folder(photos, test="test.lst", pairs="odd.csv")
    assert "of 6 listed pairs are 2 of two people, 1 of a photo with itself, 1 listed before, 1 in no split" in caplog.text


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
        flat = "[" + ", ".join(f"3, {4 + i}, 1" for i in range(18)) + "]"
        text = f'{{"people": [{{"pose_keypoints_2d": {flat}}}]}}'
        (photos / "poses" / f"{Path(name).stem}_keypoints.json").write_text(text)
    assert folder(photos, joints="poses", test="all").skeletons[0][0].tolist() == [[3, 4 + i] for i in range(18)]


def test_joints_may_be_files_of_many_photos_in_any_spelling(photos: Path) -> None:
    """The first half in a list of results, the others in a document of COCO, whose photos were half as large."""
    half, coco = NAMES[:4], [v for i in range(17) for v in (2 + i % 5, 3 + i, 1 if i else 0.2)]
    results = [{"image_id": f"sub/{name}", "keypoints": coco, "score": 1.0} for name in half]
    (photos / "a.json").write_text(json.dumps(results))
    images = [{"id": i, "file_name": name, "height": 24, "width": 12} for i, name in enumerate(NAMES) if name not in half]
    people = [{"image_id": image["id"], "keypoints": coco} for image in images]
    (photos / "b.json").write_text(json.dumps({"images": images, "annotations": people}))
    data = folder(photos, joints=["a.json", "b.json"], test="all")
    assert len(data.kept) == len(NAMES)
    assert data.skeletons[0][0][2].tolist() == [3, 9] and data.skeletons[8][0][2].tolist() == [6.5, 18.5]
    assert not data.skeletons[0][1][0] and folder(photos, joints="a.json", confidence=0.1, test="all").skeletons[0][1][0]


def test_a_file_of_each_photo_may_be_of_any_spelling(photos: Path) -> None:
    (photos / "poses").mkdir()
    points = np.array([(3, 4 + 2 * i) for i in range(18)])
    for name in NAMES[:4]:
        np.save(photos / "poses" / f"{name}.npy", points)
    for name in NAMES[4:]:
        np.savetxt(photos / "poses" / f"{Path(name).stem}.txt", points, fmt="%d")
    data = folder(photos, joints="poses", test="all")
    assert all(torch.equal(joints, torch.from_numpy(points).float()) for joints, _ in data.skeletons.values())
    assert len(data.kept) == len(NAMES)


def break_row(root: Path, old: str, new: str) -> None:
    path = root / "keypoints.csv"
    path.write_text(path.read_text().replace(old, new))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"root": "nowhere"}, r"no folder nowhere(.|\n)*root DIR"),
        ({"images": "*.png"}, "no photo matches"),
        ({"parsing": "parsing"}, "without its vocabulary"),
        ({"parsing": "masks", "vocabulary": "spt10"}, "no folder .*masks"),
        ({"joints": "no.csv"}, "no joints at .*no.csv"),
        ({"test": 0.0}, "leaves no photo to test"),
        ({"test": 1.0}, "leaves no photo to train"),
        ({"test": "*_9"}, "leaves no photo to test"),
        ({"test": "no.lst"}, "cannot read no.lst"),
        ({"pairs": "keypoints.csv"}, "not a list of pairs"),
        ({"person": "name"}, "does not say who is who"),
        ({"person": "{person}-*"}, "ann_1.jpg does not look like person"),
        ({"person": "no.csv"}, "cannot read no.csv"),
        ({"person": "pairs.csv"}, "lacks the columns image and person"),
        ({"fits": "pad"}, r"no option 'fits'(.|\n)*'fit'"),
    ],
)
def test_a_wrong_folder_is_refused(photos: Path, options: dict[str, object], says: str) -> None:
    (photos / "pairs.csv").write_text("from,to\nann_1.jpg,ann_2.jpg\n")
    with pytest.raises(ZooError, match=says):
        folder(**{"root": photos, **options})


def test_who_is_who_must_be_said(photos: Path) -> None:
    with pytest.raises(ZooError, match="missing key 'person'"):
        construct(catalog(), "dataset", Part(use="datasets.folder", options={"root": str(photos)}), CONTEXT)


def test_broken_files_are_named_at_once_or_when_first_read(photos: Path) -> None:
    (photos / "pairs.csv").write_text("from,to\nzoe_1.jpg,ann_1.jpg\n")
    with pytest.raises(ZooError, match=r"names 'zoe_1.jpg'"):
        folder(photos, pairs="pairs.csv")
    np.save(photos / "parsing" / "ann_1.npy", np.zeros((9, 9), int))
    with pytest.raises(ZooError, match=r"ann_1.npy has shape \(9, 9\), its image needs \(H,W\) = \(48, 24\)"):
        parsed(photos).load("test", torch.tensor([0]), torch.tensor([0]))


def test_photos_that_lack_something_are_left_out_and_counted(photos: Path, caplog: pytest.LogCaptureFixture) -> None:
    (photos / "empty").mkdir()
    (photos / "parsing" / "bob_1.npy").unlink()
    break_row(photos, "cat_1.jpg", "kat_1.jpg")
    break_row(photos, f"dan_2.jpg: {[2 * j for j in range(18)]}", f"dan_2.jpg: {[-1] * 18}")
    hidden = [-1 if j == 11 else 2 * j for j in range(18)]
    break_row(photos, f"dan_1.jpg: {[2 * j for j in range(18)]}", f"dan_1.jpg: {hidden}")
    with caplog.at_level(logging.WARNING):
        data = parsed(photos, test="all")
    assert data.left_out == {
        "a label map": ["bob_1.jpg"],
        "joints": ["cat_1.jpg", "dan_2.jpg"],
        "both shoulders and both hips": ["dan_1.jpg"],
    }
    assert (
        "4 of 9 photos are left out: 1 without a label map (bob_1.jpg), 2 without joints (cat_1.jpg, dan_2.jpg)" in caplog.text
    )
    assert data.groups("train") == [[0, 1], [3], [5], [8]] and data.pairs("test") == [(0, 1), (1, 0)]
    with pytest.raises(
        ZooError, match=r"9 of 9 photos are left out: 9 without a label map \(ann_1.jpg, ann_2.jpg, bob_1.jpg ...\)"
    ):
        folder(photos, parsing="empty", vocabulary="spt10")


def test_one_photo_of_each_person_trains_and_is_scored_by_the_poses_of_others(photos: Path) -> None:
    data = parsed(photos, person="photo", test=0.5, pairs="unpaired", test_pairs=6)
    kept = [i for (i,) in data.groups("test")]
    pairs = data.pairs("test")
    assert len(data.groups("train")) + len(kept) == 9 and len(pairs) == len(set(pairs)) == 6
    assert all(a != b and {a, b} <= set(kept) for a, b in pairs) and pairs == parsed(
        photos, person="photo", test=0.5, pairs="unpaired", test_pairs=6
    ).pairs("test")
    pair = data.load("test", *torch.tensor(pairs).T)
    assert pair.target.image is None and pair.target.parsing is None and pair.source.image is not None
    own = data.load("train", torch.tensor([kept[0]]), torch.tensor([kept[0]]))
    assert own.target.image is not None  # training sees its own photo
    with pytest.raises(ZooError, match=r"no pair in split test(.|\n)*unpaired-v1"):
        folder(photos, person="photo").pairs("test")


def test_people_are_told_by_folder_pattern_and_column_and_names_by_their_ends(photos: Path) -> None:
    name = unicodedata.normalize("NFD", "Zoë")
    for who, view in ((name, "1"), (name, "2"), ("Bob", "1")):
        (photos / "set" / who).mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (24, 48)).save(photos / "set" / who / f"IMG_{view}.JPG", "jpeg")
    joints = f"{[2 * j for j in range(18)]}: {[-1, *range(17)]}"
    rows = ("C:\\shots\\set\\zoë\\IMG_1.png", "Zoë/img_2.jpg", "set/Bob/IMG_1.JPG")
    (photos / "all.csv").write_text("".join(f"{row}: {joints}\n" for row in rows), encoding="utf-8")
    (photos / "who.csv").write_text(
        'image,person\n"set/zoë/img_1.jpg","A, B"\nzoë/img_2,bob\nbob/img_1,BOB\n', encoding="utf-8"
    )
    reads = {"images": "set/**/*.jpg", "joints": ["all.csv", "keypoints.csv"], "test": "all"}
    bob, first, second = range(3)
    assert folder(photos, **reads, person="folder").groups("test") == [[bob], [first, second]]
    assert folder(photos, **reads, person="set/{person}/*").groups("test") == [[bob], [first, second]]
    assert folder(photos, **reads, person="img_{person}").groups("test") == [[bob, first], [second]]
    assert folder(photos, **reads, person="who.csv").groups("test") == [[bob, second], [first]]
    (photos / "some.csv").write_text(f"IMG_1.jpg: {joints}\n")
    with pytest.raises(ZooError, match=r"'IMG_1.jpg' may be set/Bob/IMG_1.JPG or set/Zoë/IMG_1.JPG"):
        folder(photos, **{**reads, "joints": "some.csv"}, person="folder")


def test_a_pattern_of_names_holds_photos_out_and_pairs_are_thinned_evenly(photos: Path) -> None:
    data = folder(photos, test="*_2")
    assert [data.names.names[i] for group in data.groups("test") for i in group] == [n for n in NAMES if "_2" in n]
    assert folder(photos, test="all", test_pairs=4).pairs("test") == [(0, 1), (2, 3), (4, 5), (6, 7)]


def test_memory_is_bounded_and_changes_nothing(photos: Path) -> None:
    little, plenty = (parsed(photos, test="all", memory=m) for m in (3 * 4 * 32 * 32 / 1e9, 1.0))
    batch = torch.tensor([0, 5, 0]), torch.tensor([8, 1, 2])
    for _ in range(2):
        pairs = [data.load("test", *batch) for data in (little, plenty)]
        assert all(
            torch.equal(getattr(pairs[0].source, f), getattr(pairs[1].source, f)) for f in ("image", "parsing", "joints")
        )
    assert len(little.pixels.filled) == 3 and little.pixels.filled.tolist() == [True, True, True]
    assert plenty.pixels.filled.sum() == 5


@needs_shared
def test_a_recipe_runs_on_the_track_of_real_photos(tmp_path: Path) -> None:
    path = tmp_path / "spt-demo.toml"
    path.write_text(TRACK.format(root=SHARED / "fixtures" / "spt_demo"))
    recipe = load_recipe(catalog().recipes["copy"])
    kit = build(recipe, load_track(path), catalog())
    pairs = kit.data.pairs("test")
    pair = kit.data.load("test", *torch.tensor(pairs).T)
    assert pair.names[:2] == ("imgs/2_A->imgs/2_B", "imgs/2_B->imgs/2_A") and len(pair) == 4
    outcome = kit.model(pair)
    assert outcome.image.shape == (4, 3, 128, 128) and torch.equal(outcome.image, pair.source.image)
    assert outcome.source.parsing.shape[1] == 8


@pytest.mark.parametrize("test", [-0.2, 0.0, 1.0, 1.5, float("nan"), float("inf"), -float("inf"), "", "nobody.txt", "a\0b"])
def test_a_share_that_is_none_is_refused(photos: Path, test: float | str) -> None:
    with pytest.raises(ZooError):
        folder(photos, test=test)


@pytest.mark.parametrize("images", ["", ".", "/", "/etc/*.jpg", "a\0b", [], "**", "../*.jpg"])
def test_a_pattern_that_names_no_photo_is_refused(photos: Path, images: str | list[str]) -> None:
    with pytest.raises(ZooError):
        folder(photos, images=images)
