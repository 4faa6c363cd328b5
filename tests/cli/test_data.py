"""`zoo data`: what lies on somebody's disk, told, shown and prepared."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import Zoo
from zoo.data import open_data
from zoo.data.sheet import write_data_sheet
from zoo.explain.colours import label_colours
from zoo.recipes.catalog import catalog
from zoo.regions import vocabulary

PEOPLE = ("ann_1", "ann_2", "bob_1", "bob_2", "cat_1", "dan_1")


def row(name: str, *missing: int) -> str:
    ys, xs = ([-1 if j in missing else step * j for j in range(18)] for step in (4, 2))
    return f"{name}.png: {ys}: {xs}"


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Six photos: dan's lies without joints, cat's pose shows no shoulder."""
    for name in PEOPLE:
        Image.new("RGB", (40, 80), "red").save(tmp_path / f"{name}.png")
    rows = ["name:keypoints_y:keypoints_x", *map(row, PEOPLE[:-2]), row("cat_1", 2, 5)]
    (tmp_path / "keypoints.csv").write_text("\n".join(rows))
    return tmp_path


def of(root: Path, *more: str) -> list[str]:
    told = {"person": '"{person}_*"', "images": "*.png", "test": "0.5"}
    sets = [f"{key}={value}" for key, value in told.items()] + list(more)
    return ["data", "check", "datasets.folder", "--root", str(root), *[word for one in sets for word in ("--set", one)]]


def test_what_is_there_what_is_left_out_and_why(zoo: Zoo, photos: Path) -> None:
    found = zoo(*of(photos), "--json").json
    assert found["found"] == {"photos": 6, "joints": 5} and found["frames"] == {"80x40": 4}
    assert found["left_out"] == {"without joints": ["dan_1.png"], "without both shoulders and both hips": ["cat_1.png"]}
    assert found["splits"] == {split: {"people": 1, "images": 2, "pairs": 2} for split in ("train", "test")}
    assert {*found["missing"]} == {"1 joints", "6 label maps"} and "zoo annotate" in found["missing"]["1 joints"]


def test_people_read_the_same(zoo: Zoo, photos: Path) -> None:
    told = zoo(*of(photos)).out
    assert "left out  1 without joints: dan_1.png" in told and "train     1 people in 2 images, 2 pairs" in told


def test_no_pair_is_a_finding_and_no_failure(zoo: Zoo, photos: Path) -> None:
    done = zoo(*of(photos, "person=photo"))
    assert done.code == 0 and "there is no pair in split test" in done.out


def test_a_track_of_any_data_set_is_looked_over(zoo: Zoo, track: Path) -> None:
    found = zoo("data", "check", track, "--json").json
    assert found["splits"]["test"] == {"people": 3, "images": 18, "pairs": 6} and found["found"] == {}


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["datasets.foldr"], "did you mean 'datasets.folder'?"),
        (["photos-25"], "did you mean 'photos-256'?"),
        (["photos-256", "--set", "persn=photo"], "did you mean 'person'?"),
        (["photos-256", "--set", "use=figures.people"], "name figures.people itself"),
        (["photos-256", "--root", "nowhere"], "there is no folder nowhere"),
    ],
)
def test_what_cannot_be_is_refused(zoo: Zoo, arguments: list[str], complaint: str) -> None:
    done = zoo("data", "check", *arguments)
    assert done.code != 0 and complaint in done.err


def test_the_sheet_shows_skeleton_regions_and_frame(photos: Path, tmp_path: Path) -> None:
    """80x40 on a canvas of 128x88: 64 wide with 12 of white either side; the frame goes round the photo alone."""
    (photos / "labels").mkdir()
    for name in PEOPLE:
        np.save(photos / "labels" / f"{name}.npy", np.full((80, 40), vocabulary("spt10").index("l_arm")))
    changes = ['person="{person}_*"', "images=*.png", "test=all", "parsing=labels", "vocabulary=spt10"]
    opened = open_data("datasets.folder", photos, changes, catalog())
    frame = opened.data.report().frames[0]
    assert (frame.stored, frame.corner, frame.inner) == ((80, 40), (0, 12), (128, 64))
    write_data_sheet(tmp_path / "sheet.png", opened)
    with Image.open(tmp_path / "sheet.png") as sheet:
        colours = {colour for _, colour in sheet.convert("RGB").getcolors(1 << 24) or []}
    sides, frame_and_photo, regions = {(0x29, 0x79, 0xFF), (0xFF, 0x6D, 0x00)}, {(0, 0xE5, 0xC8), (255, 0, 0)}, {_key("l_arm")}
    assert sides | frame_and_photo | regions <= colours


def _key(region: str) -> tuple[int, ...]:
    words = vocabulary("spt10")
    return tuple(round(255 * v) for v in label_colours(words.labels)[words.index(region)])


def test_json_is_all_there_is_on_standard_output(zoo: Zoo, photos: Path) -> None:
    done = zoo(*of(photos), "--json", "--sheet", photos / "sheet.PNG")
    assert json.loads(done.out)["name"] == "datasets.folder" and (photos / "sheet.PNG").exists()


def test_photos_are_prepared_once(zoo: Zoo, photos: Path) -> None:
    asked = ["prepare" if word == "check" else word for word in of(photos)]
    done = zoo(*asked)
    assert done.code == 0 and Path(done.out.strip(), "index.json").is_file()
    assert zoo(*asked).out == done.out


def test_what_has_no_photos_has_nothing_to_prepare(zoo: Zoo) -> None:
    done = zoo("data", "prepare", "figures-64")
    assert done.code == 2 and "nothing to prepare" in done.err
