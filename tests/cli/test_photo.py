"""`zoo transfer` and `zoo edit`, on a made-up photo."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.cli.conftest import Zoo
from zoo import load
from zoo.cli.checks import read_frame
from zoo.errors import ZooError
from zoo.interfaces import Context
from zoo.model import build_model
from zoo.recipes.catalog import catalog
from zoo.recipes.loading import load_recipe
from zoo.regions import vocabulary
from zoo.store.weights import save_weights

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


def test_samples_stand_side_by_side(zoo: Zoo, photo: list[object]) -> None:
    stepped = ["style=base.encoder", "generator=base.unet", "generator.width=4", "generator.wear=base.flow_matching"]
    options = ["--target-joints", "a.json", "--out", "out.png", "--samples", 3]
    done = zoo("transfer", *photo, *(word for change in stepped for word in ("--set", change)), *options)
    assert done.code == 0, done.err
    with Image.open("out.png") as picture:
        assert picture.size == (3 * SIZE[1], SIZE[0])
    refused = zoo("transfer", *photo, *options, "--force")
    assert refused.code == 2 and "paints in one step" in refused.err


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


@pytest.mark.parametrize(
    ("outputs", "complaint"),
    [
        (["--out", "a.png"], "--out"),
        (["--out", "./a.json", "--force"], "--out"),
        (["--out", "out.png", "--strip", "a.png", "--force"], "--strip"),
        (["--out", "out.png", "--strip", "out.png"], "--strip"),
        (["--out", "old.png"], "add --force"),
    ],
)
def test_nothing_that_is_there_is_written_over(zoo: Zoo, photo: list[object], outputs: list[str], complaint: str) -> None:
    Path("old.png").write_bytes(b"old")
    before = {path.name: path.read_bytes() for path in Path().iterdir()}
    done = zoo("transfer", *photo, "--target-joints", "a.json", *outputs)
    assert done.code == 2 and complaint in done.err, done.err
    assert {path.name: path.read_bytes() for path in Path().iterdir()} == before
    assert zoo("transfer", *photo, "--target-joints", "a.json", "--out", "old.png", "--force").code == 0
    assert Path("old.png").read_bytes() != b"old"


def test_words_for_labels_that_nobody_gives_are_refused(zoo: Zoo, photo: list[object]) -> None:
    bare = [*photo[:-4], *photo[-2:]]
    done = zoo("transfer", *bare, "--target-joints", "a.json", "--out", "out.png")
    assert done.code == 2 and "--regions is about labels, and none are given" in done.err
    alone = zoo("edit", *photo, "--reference", "a.png", "--fill", "upper", "--out", "out.png")
    assert alone.code == 2 and "--reference is for --swap alone" in alone.err


def test_the_target_may_have_another_frame(zoo: Zoo, photo: list[object]) -> None:
    done = zoo("transfer", *photo, "--target-joints", "a.json", "--target-frame", "64x64", "--fit", "stretch",
               "--build", "target", "--out", "o.png")  # fmt: skip
    assert done.code == 0, done.err
    with Image.open("o.png") as picture:
        assert picture.size == (64, 64)


def test_the_reference_may_be_one_of_several_people(zoo: Zoo, photo: list[object]) -> None:
    person = json.loads(Path("a.json").read_text())["people"]
    Path("two.json").write_text(json.dumps({"people": person * 2}))
    worn = ["--reference", "a.png", "--reference-joints", "two.json", "--reference-parsing", "a.npy", "--swap", "upper"]
    assert "2 people" in zoo("edit", *photo, *worn, "--out", "one.png").err
    assert "2 people" not in zoo("edit", *photo, *worn, "--reference-person", "2", "--out", "two.png").err
    alone = zoo("edit", *photo, "--swap", "upper", "--reference-person", "2", "--out", "three.png")
    assert alone.code == 2 and "somebody to take from" in alone.err


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


@pytest.fixture
def painter(photo: list[object]) -> list[object]:
    """The same person for `spt`, which paints on regions, with weights nobody has trained."""
    recipe = load_recipe(catalog().recipes["spt"], size="small")
    torch.manual_seed(0)
    model = build_model(recipe, Context(size=(64, 64), regions=vocabulary(recipe.regions)), recipe.regions, catalog())
    save_weights(model.state_dict(), Path("spt.safetensors"), {"architecture": recipe.architecture()})
    np.save("a.npy", np.repeat(np.array([0, 2, 1, 3, 4, 4]), SIZE[0] // 6)[:, None].repeat(SIZE[1], 1))
    np.save("b.npy", np.repeat(np.array([2, 1, 3, 3, 5, 8]), SIZE[0] // 6)[:, None].repeat(SIZE[1], 1))
    Image.new("RGB", SIZE[::-1], (40, 90, 200)).save("b.png")
    return ["--recipe", "spt", *photo[2:-1], "spt10", "--weights", "spt.safetensors"]


def test_textures_are_painted_on_anothers_layout_in_both_directions(zoo: Zoo, painter: list[object]) -> None:
    other = ["--target", "b.png", "--target-joints", "a.json", "--target-parsing", "b.npy"]
    done = zoo("transfer", *painter, *other, "--out", "ab.png", "--back", "ba.png", "--strip", "strip.png")
    assert done.code == 0 and done.out.split() == ["ab.png", "ba.png", "strip.png"], done.err
    with Image.open("ab.png") as there, Image.open("ba.png") as back, Image.open("strip.png") as strip:
        assert there.size == back.size == SIZE[::-1] and strip.size == (4 * 64 + 3 * 2, 64)
        assert np.array(there).tolist() != np.array(back).tolist()
        panels = np.array(strip)
    assert panels[32, 32].tolist() == [200, 60, 60] and panels[32, 64 + 2 + 32].tolist() == [40, 90, 200], "A, then B"
    predicted = zoo("transfer", *painter, "--target-joints", "a.json", "--out", "predicted.png")
    assert predicted.code == 0 and Path("predicted.png").read_bytes() != Path("ab.png").read_bytes()


def test_a_csv_names_the_target_by_its_photo(zoo: Zoo, painter: list[object]) -> None:
    rows = [f"{name}: {[2 * i + 3 for i in range(18)]}: {[x] * 18}" for name, x in (("a.png", 8), ("b.png", 16))]
    Path("both.csv").write_text("\n".join(["name:keypoints_y:keypoints_x", *rows]))
    other = ["--target", "b.png", "--target-joints", "both.csv", "--target-parsing", "b.npy"]
    assert zoo("transfer", *painter, *other, "--out", "csv.png").code == 0
    named = zoo("transfer", *painter, *other, "--target-name", "a.png", "--out", "named.png")
    assert named.code == 0 and Path("named.png").read_bytes() != Path("csv.png").read_bytes()
    framed = zoo("transfer", *painter, *other, "--target-frame", "9x9", "--out", "framed.png")
    assert framed.code == 2 and "--target has a frame of its own" in framed.err


def test_the_way_back_needs_a_photo_and_both_parsings(zoo: Zoo, painter: list[object]) -> None:
    done = zoo("transfer", *painter, "--target-joints", "a.json", "--out", "ab.png", "--back", "ba.png")
    assert done.code == 2 and "--target-parsing" in done.err and not Path("ab.png").exists()


SLEEVES, SKIRT = ["--relabel", "upper=l_arm@l_forearm"], ["--relabel", "pants=skirt", "--fill", "skirt"]


@pytest.mark.parametrize("layout", [SLEEVES, SKIRT, ["--target-parsing", "b.npy"]])
def test_an_edited_layout_is_painted(zoo: Zoo, painter: list[object], layout: list[object]) -> None:
    done = zoo("edit", *painter, *layout, "--out", "out.png", "--strip", "strip.png")
    assert done.code == 0 and done.out.split() == ["out.png", "strip.png"], done.err
    with Image.open("out.png") as picture, Image.open("strip.png") as strip:
        assert picture.size == SIZE[::-1] and strip.size == (3 * 64 + 2 * 2, 64)


def test_edits_that_cannot_be_are_refused(zoo: Zoo, photo: list[object], painter: list[object]) -> None:
    for arguments, complaint in (
        ([*painter], "nothing to change"),
        ([*painter, "--swap", "upper"], "--reference"),
        ([*painter, "--relabel", "trousers=skirt"], "unknown region 'trousers'"),
        ([*painter, "--relabel", "skirt=pants"], "there is no skirt"),
        ([*painter, "--fill", "skirt"], "it shows background, face, hair, upper, pants"),
        ([*photo, "--relabel", "pants=skirt"], "no part of the recipe looks at a parsing of the target"),
    ):
        done = zoo("edit", *arguments, "--out", "out.png")
        assert done.code == 2 and complaint in done.err and not Path("out.png").exists()


def test_a_person_is_picked_and_what_was_chosen_is_said(zoo: Zoo, photo: list[object]) -> None:
    people = json.loads(Path("a.json").read_text())["people"]
    lying = [v for i in range(18) for v in (i + 3.0, 24.0, 1.0)]
    Path("two.json").write_text(json.dumps({"people": [{"pose_keypoints_2d": lying}, *people]}))
    said = zoo("transfer", *photo, "--target-joints", "two.json", "--out", "out.png")
    assert said.code == 0 and "warning: two.json holds 2 people: person 2, the largest, is read" in said.err
    picked = zoo("transfer", *photo, "--target-joints", "two.json", "--target-person", "1", "--out", "two.png")
    assert picked.code == 0 and "people" not in picked.err
    gone = zoo("transfer", *photo, "--target-joints", "two.json", "--target-person", "3", "--out", "three.png")
    assert gone.code == 2 and "no person 3" in gone.err


def test_how_sure_a_joint_must_be_is_said(zoo: Zoo, photo: list[object]) -> None:
    unsure = [v for i in range(18) for v in (9.0, 9.0 + 2 * i, 0.2)]
    Path("unsure.json").write_text(json.dumps({"people": [{"pose_keypoints_2d": unsure}]}))
    pose = ["--target-joints", "unsure.json", "--out", "out.png"]
    assert zoo("transfer", *photo, *pose).code == 0
    refused = zoo("transfer", *photo, *pose, "--confidence", "0.5", "--force")
    assert refused.code == 1 and "all joints are missing" in refused.err


def test_words_nobody_knows_are_refused_with_the_nearest(zoo: Zoo, photo: list[object]) -> None:
    refused = zoo("transfer", *photo[:-1], "cihp", "--target-joints", "a.json", "--out", "out.png")
    assert refused.code == 2 and "did you mean 'cihp20'" in refused.err


def test_a_pose_of_one_joint_is_refused_one_of_four_is_said(zoo: Zoo, photo: list[object]) -> None:
    for count, code, says in ((1, 1, "error: only 1 of 18 joints"), (4, 0, "warning: few.json: 4 of 18 joints are visible")):
        few = [v for i in range(count) for v in (9.0 + i, 9.0 + 2 * i, 1.0)] + [0.0] * 3 * (18 - count)
        Path("few.json").write_text(json.dumps({"people": [{"pose_keypoints_2d": few}]}))
        done = zoo("transfer", *photo, "--target-joints", "few.json", "--out", "out.png", "--force")
        assert done.code == code and says in done.err


@pytest.mark.parametrize("frame", ["100000x100000", "1e9x3", "9" * 5000 + "x1", "-1x5", "0x5", "5", "\u0663x5"])
def test_a_frame_no_picture_has_is_refused(frame: str) -> None:
    with pytest.raises(ZooError, match="HEIGHTxWIDTH"):
        read_frame(frame, (1, 1))


def test_an_enormous_picture_is_written_smaller_and_that_is_said(zoo: Zoo, photo: list[object]) -> None:
    people = {"pose_keypoints_2d": [v for i in range(18) for v in (900.0, 600.0 * i + 9, 1.0)]}
    Path("big.json").write_text(json.dumps({"people": [people]}))
    options = ("--target-joints", "big.json", "--target-frame", "20000x2000", "--build", "target", "--out", "out.jpg")
    done = zoo("transfer", *photo, *options)
    assert done.code == 0 and "not 20000x2000 (height x width): larger ones are worked with at this size" in done.err
    with Image.open("out.jpg") as picture:
        assert picture.height == pytest.approx(10 * picture.width, rel=1e-3) and picture.height * picture.width <= 1.001 * (
            1 << 24
        )


def test_photos_are_parsed_in_the_words_of_the_track() -> None:
    for recipe, track, words in (("scmnet", "photos-256", "spt10"), ("scmnet", "figures-64", None)):
        assert load(recipe, track=track).words == words


def test_what_is_enlarged_is_said_to_be_coarser(zoo: Zoo, photo: list[object]) -> None:
    Image.new("RGB", (140, 280), (200, 60, 60)).save("large.png")
    joints = [v for i in range(18) for v in (70.0, 12.0 * i + 20, 1.0)]
    Path("large.json").write_text(json.dumps({"people": [{"pose_keypoints_2d": joints}]}))
    bare = [*photo[:4], "--source", "large.png", "--source-joints", "large.json", "--target-joints", "large.json"]
    done = zoo("transfer", *bare, "--out", "out.png")
    assert done.code == 0 and "the picture is coarser than the photo: it was painted at 64x64" in done.err, done.err


def test_what_a_photo_is_laid_out_of_keeps_every_pixel_at_its_own_size(zoo: Zoo, track: Path) -> None:
    dice = np.random.default_rng(0)
    Image.fromarray(dice.integers(0, 255, (280, 140, 3), np.uint8)).save("fine.png")
    joints = [v for i in range(18) for v in (70.0 + 3 * (i % 5), 8.0 * i + 90, 1.0)]
    Path("fine.json").write_text(json.dumps({"people": [{"pose_keypoints_2d": joints}]}))
    labels = np.zeros((280, 140), np.uint8)
    labels[60:250, 50:100] = 5
    np.save("fine.npy", labels)
    person = ["--source", "fine.png", "--source-joints", "fine.json", "--source-parsing", "fine.npy", "--regions", "scm8"]
    laid = ["--recipe", "copy", "--variant", "puppet", "--track", track]
    done = zoo("transfer", *laid, *person, "--target-joints", "fine.json", "--out", "out.png")
    assert done.code == 0 and "coarser" not in done.err, done.err
    with Image.open("fine.png") as photo, Image.open("out.png") as made:
        before, after = np.array(photo).astype(int), np.array(made).astype(int)
    assert after.shape == before.shape and (before[:, :40] == after[:, :40]).all(), "the background is left alone"
    assert np.abs(before - after)[90:200, 60:90].mean() < 25, "noise that no smaller picture holds"
    lent = [str(option).replace("--source", "--reference") for option in person[:6]]
    worn = zoo("edit", *laid, *person, *lent, "--swap", "upper", "--out", "worn.png")
    assert worn.code == 0 and "coarser" not in worn.err, worn.err
    with Image.open("worn.png") as made:
        assert (before[:, :40] == np.array(made)[:, :40]).all(), "nor does an edit touch it"


def test_more_photos_of_the_person_are_named_one_by_one(zoo: Zoo, photo: list[object]) -> None:
    plain = [*photo[:6], "--target-joints", "a.json", "--source-joints", "a.json", "--out", "out.png"]
    refused = zoo("transfer", *plain, "--others", "a.png", "--others", "a.png")
    assert refused.code == 2 and "reads one photo of a person, and 3 are given" in refused.err
