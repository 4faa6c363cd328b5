"""`zoo transfer` and `zoo edit`, on a made-up photo."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import Zoo
from zoo.cli.photo import read_frame
from zoo.errors import ZooError

SIZE = (48, 24)


@pytest.fixture
def photo(track: Path) -> list[object]:
    """Options that name a person: a photo, joints, and a parsing of scm8 labels in bands."""
    height, width = SIZE
    Image.new("RGB", (width, height), (200, 60, 60)).save("a.png")
    joints = [v for i in range(18) for v in (width / 2, 2.0 * i + 3, 1.0)]
    Path("a.json").write_text(json.dumps({"people": [{"pose_keypoints_2d": joints}]}))
    np.save("a.npy", np.repeat(np.array([0, 2, 4, 5, 1, 7]), height // 6)[:, None].repeat(width, 1))
    return [
        "--recipe", "copy", "--track", track, "--source", "a.png", "--source-joints", "a.json", "--source-parsing", "a.npy",
        "--regions", "scm8",
    ]  # fmt: skip


def test_transfer_writes_a_picture_as_large_as_the_photo(zoo: Zoo, photo: list[object]) -> None:
    done = zoo("transfer", *photo, "--target-joints", "a.json", "--out", "out.png")
    assert done.code == 0 and done.out == "out.png\n", done.err
    with Image.open("out.png") as picture:
        assert picture.size == SIZE[::-1]
        red, green, _ = np.array(picture)[24, 12]
        assert red > 150 > green, "copy hands back the photo"


def test_explain_draws_what_the_recipe_exposes_and_names_the_rest(zoo: Zoo, photo: list[object]) -> None:
    attention = ["--set", "merge=base.xattn", "--set", "phases=[]", "--set", "losses={}"]
    options = ["--target-joints", "a.json", "--out", "out.png", "--explain", "why"]
    done = zoo("transfer", *photo, *attention, *options)
    assert done.code == 0, done.err
    written = done.out.split()
    assert written[0] == "out.png" and [Path(p).name for p in written[1:]] == [
        "images.png", "flow.png", "warped.png", "correlation.png", "overview.png",
    ]  # fmt: skip
    for path in map(Path, written):
        with Image.open(path) as picture:
            picture.load()
    assert sorted(p.name for p in Path("why").iterdir()) == sorted(Path(p).name for p in written[1:])
    assert "not exposed: visibility: the merging operator exposes no visibility" in done.err
    assert "not exposed: parsing: the recipe predicts none" in done.err


def test_a_recipe_that_moves_nothing_is_said_to(zoo: Zoo, photo: list[object]) -> None:
    done = zoo("transfer", *photo, "--target-joints", "a.json", "--out", "out.png", "--explain", "why")
    assert done.code == 0 and done.err.count("not exposed:") == 6, done.err
    assert sorted(p.name for p in Path("why").iterdir()) == ["images.png", "overview.png"]


def test_pictures_of_an_older_call_are_not_mixed_with_new_ones(zoo: Zoo, photo: list[object]) -> None:
    Path("why").mkdir()
    Path("why/flow.png").write_bytes(b"old")
    done = zoo("transfer", *photo, "--target-joints", "a.json", "--out", "out.png", "--explain", "why")
    assert done.code == 2 and "why is not an empty folder" in done.err
    assert Path("why/flow.png").read_bytes() == b"old" and not Path("out.png").exists()


def test_the_target_may_have_another_frame(zoo: Zoo, photo: list[object]) -> None:
    done = zoo("transfer", *photo, "--target-joints", "a.json", "--target-frame", "64x64", "--fit", "stretch", "--out", "o.png")
    assert done.code == 0, done.err
    with Image.open("o.png") as picture:
        assert picture.size == (64, 64)


def test_edit_swaps_a_region(zoo: Zoo, photo: list[object]) -> None:
    reference = ["--reference", "a.png", "--reference-joints", "a.json", "--reference-parsing", "a.npy"]
    done = zoo("edit", *photo, *reference, "--swap", "upper", "--swap", "hair", "--out", "out.png")
    assert done.code == 0 and Path("out.png").is_file(), done.err
    wrong = zoo("edit", *photo, *reference, "--swap", "uper", "--out", "other.png")
    assert wrong.code == 2 and "did you mean 'upper'?" in wrong.err and not Path("other.png").exists()


def test_the_vocabulary_must_be_named(zoo: Zoo, photo: list[object]) -> None:
    done = zoo("transfer", *photo[:-2], "--target-joints", "a.json", "--out", "out.png")
    assert done.code == 2 and "--regions" in done.err


@pytest.mark.parametrize("text", ["256", "256x", "x176", "axb", "0x5", "-1x5"])
def test_a_frame_is_height_x_width(text: str) -> None:
    with pytest.raises(ZooError, match="cannot read the size"):
        read_frame(text, (1, 1))


def test_a_frame_is_read() -> None:
    assert read_frame("256x176", (1, 1)) == (256, 176) and read_frame(None, (3, 4)) == (3, 4)
