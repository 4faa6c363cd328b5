"""Reading photos, joints and parsings: real files come through, bad ones are named."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.support import SHARED, needs_shared
from zoo.errors import ZooError
from zoo.photos import photo_size, place, read_annotations, read_image, read_joints, read_labels, read_parsing, write_image
from zoo.regions import vocabulary

FIXTURES = SHARED / "fixtures"
SPT10, CIHP20 = vocabulary("spt10"), vocabulary("cihp20")
POINTS = [(10.0 + 2 * i, 20.0 + 3 * i) for i in range(18)]


def openpose(path: Path, *people: list[tuple[float, ...]], key: str = "pose_keypoints_2d") -> Path:
    flat = [{key: [v for x, y, *c in person for v in (x, y, *(c or [1.0]))]} for person in people]
    path.write_text(json.dumps({"people": flat}))
    return path


def picture(path: Path, mode: str = "RGB", size: tuple[int, int] = (40, 60)) -> Path:
    pixels = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels).convert(mode).save(path)
    return path


# ---------------------------------------------------------------- images
@pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA", "LA", "1"])
def test_every_mode_becomes_rgb(tmp_path: Path, mode: str) -> None:
    image = read_image(picture(tmp_path / "a.png", mode))
    assert image.shape == (3, 60, 40) and image.abs().max() <= 1


def test_transparent_pixels_are_white(tmp_path: Path) -> None:
    Image.new("RGBA", (4, 4), (255, 0, 0, 0)).save(tmp_path / "a.png")
    assert torch.equal(read_image(tmp_path / "a.png"), torch.ones(3, 4, 4))


def test_a_photo_taken_sideways_is_turned_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned 90 degrees clockwise: the stored left edge is up
    stored = Image.new("RGB", (40, 20))
    stored.paste((255, 255, 255), (0, 0, 10, 20))
    stored.save(tmp_path / "a.png", exif=exif)
    image = read_image(tmp_path / "a.png")
    assert photo_size(tmp_path / "a.png") == (40, 20) == image.shape[1:]
    assert torch.equal(image[:, :10], torch.ones(3, 10, 20)) and torch.equal(image[:, 10:], -torch.ones(3, 30, 20))


def test_resizing_is_antialiased(tmp_path: Path) -> None:
    checks = np.indices((64, 64)).sum(0) % 2 * 255
    Image.fromarray(checks.astype(np.uint8)).save(tmp_path / "a.png")
    image = read_image(tmp_path / "a.png", (16, 16))
    assert image.shape == (3, 16, 16) and image.abs().max() < 0.1  # black and white checks become grey


def test_written_images_are_rounded_and_come_back(tmp_path: Path) -> None:
    levels = torch.arange(256.0).view(1, 16, 16).expand(3, -1, -1)
    write_image(tmp_path / "deep" / "a.png", (levels + 0.4) / 127.5 - 1)
    assert torch.equal(read_image(tmp_path / "deep" / "a.png"), levels / 127.5 - 1)
    write_image(tmp_path / "a.jpg", torch.zeros(3, 8, 8))
    assert read_image(tmp_path / "a.jpg").abs().max() < 0.02
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.jpg", "deep"]


@pytest.mark.parametrize(("name", "shape", "says"), [("a.gif", (3, 4, 4), "format"), ("a.png", (1, 3, 4, 4), "shape")])
def test_what_cannot_be_written_is_refused(tmp_path: Path, name: str, shape: tuple[int, ...], says: str) -> None:
    with pytest.raises(ZooError, match=says):
        write_image(tmp_path / name, torch.zeros(shape))


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "bmp"])
def test_a_truncated_image_is_refused(tmp_path: Path, suffix: str) -> None:
    path = picture(tmp_path / f"a.{suffix}")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ZooError, match=r"truncated|readable"):
        read_image(path)


def test_an_enormous_image_is_refused_from_its_header(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = picture(tmp_path / "a.png")
    for limit in (60 * 40 - 1, 60 * 40 // 3):  # just over the limit Pillow warns, over twice the limit it raises
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
        with pytest.raises(ZooError, match=f"enormous(.|\n)*{limit}"):
            read_image(path)


def test_other_formats_and_deep_pixels_are_refused(tmp_path: Path) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "a.gif")
    with pytest.raises(ZooError, match="PNG, JPEG"):
        read_image(tmp_path / "a.gif")
    Image.fromarray(np.full((4, 4), 40000, np.uint16)).save(tmp_path / "a.png")
    with pytest.raises(ZooError, match="8 bits"):
        read_image(tmp_path / "a.png")


@pytest.mark.parametrize("read", [read_image, photo_size, read_joints, lambda p: read_parsing(p, SPT10)])
@pytest.mark.parametrize("name", ["no.png", "no.npy", "no.csv", "no.json", "no_candidate.txt"])
def test_a_missing_file_is_named(tmp_path: Path, read, name: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ZooError, match="there is no file no"):
        read(tmp_path / name)


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "bmp", "npy", "json"])
def test_damaged_bytes_end_in_a_zoo_error_or_an_answer(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    if suffix == "npy":
        np.save(path, np.zeros((6, 4), np.int8))
    elif suffix == "json":
        openpose(path, POINTS)
    else:
        picture(path, size=(4, 6))
    whole, random = path.read_bytes(), np.random.default_rng(0)
    read = {"npy": lambda p: read_labels(p, SPT10), "json": read_joints}.get(suffix, read_image)
    for _ in range(150):
        damaged = bytearray(whole)
        for place_ in random.integers(0, len(whole), 3):
            damaged[place_] = random.integers(256)
        path.write_bytes(damaged)
        try:
            read(path)
        except ZooError as error:
            assert error.fix


# ---------------------------------------------------------------- joints
def test_openpose_18_and_25_and_coco_agree(tmp_path: Path) -> None:
    body25 = [POINTS[i] for i in range(8)] + [(0.0, 0.0, 0.0)] + [POINTS[i] for i in range(8, 18)] + [(0.0, 0.0, 0.0)] * 6
    coco = [POINTS[i] for i in (0, 15, 14, 17, 16, 5, 2, 6, 3, 7, 4, 11, 8, 12, 9, 13, 10)]
    (tmp_path / "coco.json").write_text(
        json.dumps({
            "images": [{"id": 7, "file_name": "a.jpg"}, {"id": 8, "file_name": "b.jpg"}],
            "annotations": [
                {"image_id": 7, "keypoints": [v for x, y in coco for v in (x, y, 1)]},
                {"image_id": 8, "keypoints": [9, 9, 2] * 17},
            ],
        })
    )  # fmt: skip
    ours, visible = read_joints(openpose(tmp_path / "18.json", POINTS))
    torch.testing.assert_close(ours, torch.tensor(POINTS))
    assert visible.all()
    torch.testing.assert_close(read_joints(openpose(tmp_path / "25.json", body25))[0], ours)
    expected = ours.clone()
    expected[1] = (ours[2] + ours[5]) / 2
    torch.testing.assert_close(read_joints(tmp_path / "coco.json", "a.jpg")[0], expected)


def test_a_neck_without_a_shoulder_is_missing(tmp_path: Path) -> None:
    people = [{"image_id": 1, "keypoints": [5, 5, 2] * 5 + [0, 0, 0] + [5, 5, 2] * 11}]
    (tmp_path / "a.json").write_text(json.dumps({"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": people}))
    _, visible = read_joints(tmp_path / "a.json")
    assert [i for i in range(18) if not visible[i]] == [1, 5]


def test_the_most_confident_of_several_people_is_read(tmp_path: Path) -> None:
    faint = [(1.0, 1.0, 0.1)] * 18
    joints, _ = read_joints(openpose(tmp_path / "a.json", faint, POINTS, faint))
    torch.testing.assert_close(joints, torch.tensor(POINTS))


def test_annotation_rows_survive_spellings_headers_and_spreadsheets(tmp_path: Path) -> None:
    ys, xs = list(range(18)), [-1, *range(1, 18)]
    (tmp_path / "a.csv").write_text(
        f"name:keypoints_y:keypoints_x,,,\nfasionWOMENDressesid1.jpg: {[-1, *ys[1:]]}: {xs}\nb.jpg:{ys}:{ys},,,\n,,,,\n"
    )
    assert list(read_annotations(tmp_path / "a.csv")) == ["fashionWOMENDressesid1.jpg", "b.jpg"]
    joints, visible = read_joints(tmp_path / "a.csv", "folder/fashionWOMENDressesid1.jpg")
    assert visible.tolist() == [False] + [True] * 17 and joints[5].tolist() == [5, 5]
    with pytest.raises(ZooError, match=r"fashionWOMENDressesid1.jpg for instance"):
        read_joints(tmp_path / "a.csv", "fashionWOMENDressesid2.jpg")
    with pytest.raises(ZooError, match="has 2 rows"):
        read_joints(tmp_path / "a.csv")


def test_a_joint_outside_the_frame_is_missing(tmp_path: Path) -> None:
    path = openpose(tmp_path / "a.json", [(500.0, 5.0), (float("nan"), 3.0), *POINTS[2:]])
    joints, visible = read_joints(path, frame=(128, 64))
    assert visible.tolist() == [False, False] + [True] * 16 and joints[:2].abs().sum() == 0


def test_joints_of_another_frame_are_refused_with_the_frame_they_seem_to_be_of(tmp_path: Path) -> None:
    path = openpose(tmp_path / "a.json", [(x * 3, y * 3) for x, y in POINTS])
    with pytest.raises(ZooError, match=r"lie outside the image of 64x64(.|\n)*256x176"):
        read_joints(path, frame=(64, 64))
    with pytest.raises(ZooError, match="shares of the image"):
        read_joints(openpose(tmp_path / "b.json", [(x / 100, y / 100) for x, y in POINTS]), frame=(64, 64))


@pytest.mark.parametrize("people", [[], [[(0.0, 0.0, 0.0)] * 18]])
def test_nobody_is_refused(tmp_path: Path, people: list[list[tuple[float, ...]]]) -> None:
    with pytest.raises(ZooError, match=r"missing|no person"):
        read_joints(openpose(tmp_path / "a.json", *people))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", "{"), ("a.json", "[" * 100_000), ("a.json", "[]"), ("a.json", '"people"'), ("a.json", '{"people": [{}]}'),
        ("a.json", '{"people": [{"pose_keypoints_2d": [1, 2, 3, 4]}]}'), ("a.json", '{"people": 3}'),
        ("a.json", '{"people": [{"pose_keypoints_2d": [1, 2, 1]}]}'), ("a.csv", "a.jpg: [1, 2]: [3, 4]"),
        ("a.csv", "a.jpg,1,2"), ("a.csv", "a.jpg: [1]: [[3]]"), ("a_candidate.txt", "x y"),
    ],
)  # fmt: skip
def test_joints_that_make_no_sense_are_refused(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    (tmp_path / "a_subset.txt").write_text("1 2")
    with pytest.raises(ZooError, match=r"cannot understand(.|\n)*OpenPose"):
        read_joints(tmp_path / name)


# ---------------------------------------------------------------- parsings
@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64])
def test_integer_arrays_become_regions(tmp_path: Path, dtype: type) -> None:
    labels = np.arange(24).reshape(6, 4) % 10
    np.save(tmp_path / "a.npy", labels.astype(dtype))
    parsing = read_parsing(tmp_path / "a.npy", SPT10)
    assert parsing.shape == (10, 6, 4) and torch.equal(parsing.argmax(0), torch.from_numpy(labels))
    assert torch.equal(parsing.sum(0), torch.ones(6, 4))


@pytest.mark.parametrize("mode", ["L", "P"])
def test_grey_and_palette_pngs_hold_label_numbers(tmp_path: Path, mode: str) -> None:
    labels = (np.arange(24).reshape(6, 4) % 20).astype(np.uint8)
    image = Image.fromarray(labels)
    if mode == "P":
        image = Image.frombytes("P", (4, 6), labels.tobytes())
        image.putpalette([200, 100, 50] * 256)
    image.save(tmp_path / "a.png")
    assert np.array_equal(np.array(read_labels(tmp_path / "a.png", CIHP20)), labels)


def saved(path: Path, labels: object) -> Path:
    np.save(path, labels, allow_pickle=True)
    return path


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        (np.full((6, 4), 12), "holds labels 12; spt10 has 0..9(.|\n)*lip20, cihp20"),
        (np.full((6, 4), -1), "holds labels -1(.|\n)*void"),
        (np.arange(6 * 4).reshape(6, 4), r"10, 11, 12, 13, 14, 15, 16, 17 \.\.\."),
        (np.zeros((1, 6, 4), int), r"shape \(1, 6, 4\)"),
        (np.zeros((5, 4), int), r"shape \(5, 4\), its image needs \(H,W\) = \(6, 4\)"),
        (np.zeros((0, 4), int), "shape"),
        (np.zeros((6, 4)), "float64, not integers"),
        (np.array([{}]), "Python objects"),
    ],
)
def test_bad_label_arrays_are_refused(tmp_path: Path, labels: np.ndarray, says: str) -> None:
    with pytest.raises(ZooError, match=says):
        read_parsing(saved(tmp_path / "a.npy", labels), SPT10, (6, 4))


def test_a_picture_of_colours_is_not_a_label_map(tmp_path: Path) -> None:
    with pytest.raises(ZooError, match=r"mode RGB, not label numbers(.|\n)*not their colours"):
        read_parsing(picture(tmp_path / "a.png"), SPT10)
    with pytest.raises(ZooError, match="PNG, BMP"):  # jpeg invents labels
        read_parsing(picture(tmp_path / "a.jpg", "L"), SPT10)


# ---------------------------------------------------------------- placement
@pytest.mark.parametrize("fit", ["pad", "stretch"])
@pytest.mark.parametrize("frame", [(90, 60), (60, 90), (64, 64), (31, 17)])
def test_picture_labels_and_joints_move_together(frame: tuple[int, int], fit: str) -> None:
    height, width = frame
    y, x = height // 3, width // 4
    dot = np.zeros(frame, np.uint8)
    dot[y : y + 5, x : x + 5] = 1
    placement = place(frame, (128, 128), fit)  # type: ignore[arg-type]
    labels = torch.from_numpy(np.array(placement.labels(Image.fromarray(dot), 0)))
    image = np.array(placement.picture(Image.fromarray(np.dstack([dot * 255] * 3))))[..., 0]
    joint = placement.joints(torch.tensor([x + 2.0, y + 2.0]))
    centre = labels.nonzero().float().mean(0).flip(0)
    torch.testing.assert_close(joint, centre, atol=0.51, rtol=0)
    assert image.shape == (128, 128) and image[labels.numpy() == 1].mean() > 200


def test_padding_keeps_proportions_and_undo_brings_the_photo_back() -> None:
    ramp = np.linspace(0, 255, 90 * 60).reshape(90, 60, 1).repeat(3, 2).astype(np.uint8)
    placement = place((90, 60), (180, 180), "pad")
    image = torch.from_numpy(np.array(placement.picture(Image.fromarray(ramp)))).permute(2, 0, 1) / 127.5 - 1
    assert torch.equal(image[:, :, :30], torch.ones(3, 180, 30)) and torch.equal(image[:, :, 150:], torch.ones(3, 180, 30))
    back = placement.undo(image)
    assert back.shape == (3, 90, 60)
    assert (back - torch.from_numpy(ramp).permute(2, 0, 1) / 127.5 + 1).abs().mean() < 0.01


def test_a_very_thin_photo_is_no_trap() -> None:
    placement = place((1, 4000), (64, 64), "pad")
    assert placement.picture(Image.new("RGB", (4000, 1))).size == (64, 64) and placement.inner == (1, 64)


# ---------------------------------------------------------------- real files
def share_on_person(joints: torch.Tensor, parsing: torch.Tensor) -> float:
    x, y = joints.long().T
    return float(1 - parsing[0, y, x].mean())


@needs_shared
@pytest.mark.parametrize("name", ["2_A", "2_B", "3_A", "3_B"])  # 3_B is int64, the others int8
def test_spt_demo(name: str) -> None:
    folder = FIXTURES / "spt_demo"
    image = read_image(folder / "imgs" / f"{name}.jpg")
    frame = (image.shape[1], image.shape[2])
    joints, visible = read_joints(folder / "imgs" / "keypoints.csv", f"{name}.jpg", frame)
    parsing = read_parsing(folder / "parsing" / f"{name}.npy", SPT10, frame)
    assert visible.sum() >= 10 and parsing.shape == (10, 256, 256)
    assert share_on_person(joints[visible], parsing) > 0.8


@needs_shared
@pytest.mark.parametrize("name", ["000001_0", "000010_0", "000258_0", "000501_0", "003491_0"])
def test_viton_openpose_and_cihp_labels(name: str) -> None:
    folder = FIXTURES / "viton_samples"
    frame = photo_size(folder / "image" / f"{name}.jpg")
    joints, visible = read_joints(folder / "pose" / f"{name}_keypoints.json", frame=frame)
    parsing = read_parsing(folder / "image-parse-new" / f"{name}.png", CIHP20, frame)
    seen = {CIHP20.labels[i] for i in range(20) if parsing[i].any()}
    assert seen <= {"background", "hair", "upper", "pants", "torso_skin", "face", "l_arm", "r_arm"}
    assert frame == (256, 192) and share_on_person(joints[visible], parsing) > 0.8


@needs_shared
def test_the_neighbouring_frame_is_named_for_patn_joints() -> None:
    with pytest.raises(ZooError, match="256x176"):
        rows = FIXTURES / "patn_format_pair" / "fasion-resize-annotation-sample.csv"
        read_joints(rows, "fashionMENTees_Tanksid0000404701_1front.jpg", (128, 64))


@needs_shared
def test_candidate_and_subset_files() -> None:
    files = sorted((FIXTURES / "cocosnet_deepfashion" / "pose").rglob("*_candidate.txt"))
    skeletons = [read_joints(path, frame=(256, 256)) for path in files]
    assert len(files) == 8
    joints, visible = skeletons[[p.name for p in files].index("03_3_back_candidate.txt")]
    assert joints[1].tolist() == [148, 80] and [i for i in range(18) if not visible[i]] == [0, 9, 10, 12, 13, 14]


@needs_shared
def test_cihp_labels_and_the_one_free_photo() -> None:
    for path in sorted((FIXTURES / "cihp_pgn_samples" / "labels").glob("*.png")):
        image = FIXTURES / "cihp_pgn_samples" / "images" / f"{path.stem}.jpg"
        assert read_parsing(path, CIHP20, photo_size(image)).shape[0] == 20
    folder = FIXTURES / "coco_person_ccby"
    name = "000000000785.jpg"
    joints, visible = read_joints(folder / "annotation.json", name, photo_size(folder / name))
    assert visible.all() and joints[1].tolist() == [(399 + 358) / 2, (108 + 129) / 2]


@needs_shared
def test_market_annotations_and_the_undetected_person() -> None:
    path = FIXTURES / "market1501_images" / "market-annotation-subset.csv"
    assert len(read_annotations(path)) == 23
    with pytest.raises(ZooError, match="all joints are missing"):
        read_joints(path, "0065_c6s1_009501_02.jpg", (128, 64))
