"""Joints: every format comes through in our order, bad files are named."""

import json
from pathlib import Path

import pytest
import torch

from tests.photos.files import POINTS, openpose
from zoo.errors import ZooError
from zoo.photos import read_annotations, read_joints
from zoo.photos.sightings import Seen


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
    people = [{"image_id": 1, "keypoints": [5, 5, 2] * 5 + [0, 0, 0] + [5, 9, 2] * 11}]
    (tmp_path / "a.json").write_text(json.dumps({"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": people}))
    _, visible = read_joints(tmp_path / "a.json")
    assert [i for i in range(18) if not visible[i]] == [1, 5]


BYSTANDER = [(100 + x / 4, y / 4, 0.9) for x, y in POINTS]
IN_FRONT = [(x, y, 0.4 if i < 11 else 0.0) for i, (x, y) in enumerate(POINTS)]  # half out of the picture


def test_the_largest_of_several_people_is_read_and_that_is_said(tmp_path: Path) -> None:
    path, said = openpose(tmp_path / "a.json", BYSTANDER, IN_FRONT, [(0.0, 0.0, 0.0)] * 18), []
    joints, visible = read_joints(path, notice=said.append)
    torch.testing.assert_close(joints[:11], torch.tensor(POINTS)[:11])
    assert visible.sum() == 11 and said == [f"{path} holds 3 people: person 2, the largest, is read; its number picks another"]


def test_a_number_picks_a_person(tmp_path: Path) -> None:
    path = openpose(tmp_path / "a.json", BYSTANDER, IN_FRONT)
    said: list[str] = []
    assert read_joints(path, person=1, notice=said.append)[1].all() and not said
    for number in (0, 3):
        with pytest.raises(ZooError, match=f"holds 2 people and no person {number}"):
            read_joints(path, person=number)
    (tmp_path / "a.csv").write_text(f"b.jpg:{[*range(18)]}:{[*range(18)]}")
    with pytest.raises(ZooError, match="holds 1 people and no person 2"):
        read_joints(tmp_path / "a.csv", "b.jpg", person=2)


@pytest.mark.parametrize("confidence", [0.0, 0.01, 0.05, -1.0, float("nan")])
def test_a_joint_without_confidence_is_missing(tmp_path: Path, confidence: float) -> None:
    ankle = [(10.0, 10.0, confidence)]
    _, visible = read_joints(openpose(tmp_path / "a.json", POINTS[:10] + ankle + POINTS[11:]))
    assert [i for i in range(18) if not visible[i]] == [10]


def test_a_pose_of_few_joints_is_said(tmp_path: Path) -> None:
    for count, told in ((3, 1), (5, 1), (6, 0)):
        seen = [(*point, float(i < count)) for i, point in enumerate(POINTS)]
        said: list[str] = []
        read_joints(openpose(tmp_path / "a.json", seen), notice=said.append)
        assert len(said) == told and all(f"{count} of 18 joints" in line for line in said)


@pytest.mark.parametrize("count", [1, 2])
def test_one_or_two_joints_are_no_pose(tmp_path: Path, count: int) -> None:
    seen = [(*point, float(i < count)) for i, point in enumerate(POINTS)]
    with pytest.raises(ZooError, match=f"only {count} of 18 joints"):
        read_joints(openpose(tmp_path / "a.json", seen))


def stated(path: Path, height: object, width: object, points: list[tuple[float, ...]] = POINTS) -> Path:
    """An OpenPose file that says its canvas, as editors write it."""
    document = json.loads(openpose(path, points).read_text())
    path.write_text(json.dumps({**document, "canvas_height": height, "canvas_width": width}))
    return path


def coco(path: Path, *images: dict[str, object]) -> Path:
    people = [{"image_id": image["id"], "keypoints": [v for i in range(17) for v in (10 + i, 20 + i, 2)]} for image in images]
    path.write_text(json.dumps({"images": images, "annotations": people}))
    return path


def test_joints_of_a_smaller_picture_are_brought_to_the_frame(tmp_path: Path) -> None:
    twice = (torch.tensor(POINTS) + 0.5) * 2 - 0.5
    torch.testing.assert_close(read_joints(stated(tmp_path / "a.json", 128, 64), frame=(256, 128))[0], twice)
    torch.testing.assert_close(read_joints(stated(tmp_path / "a.json", 128, 64), frame=(128, 64))[0], torch.tensor(POINTS))
    torch.testing.assert_close(read_joints(stated(tmp_path / "a.json", None, None), frame=(256, 128))[0], torch.tensor(POINTS))
    small = coco(tmp_path / "c.json", {"id": 1, "file_name": "a.jpg", "height": 128, "width": 64})
    assert read_joints(small, "a.jpg", (256, 128))[0][0].tolist() == [20.5, 40.5]


def test_joints_of_a_picture_of_other_proportions_are_refused(tmp_path: Path) -> None:
    for path in (
        stated(tmp_path / "a.json", 512, 512),
        coco(tmp_path / "c.json", {"id": 1, "file_name": "a.jpg", "height": 512, "width": 512}),
    ):
        with pytest.raises(ZooError, match=r"of a picture of 512x512(.|\n)*not of 256x176(.|\n)*size 512x512"):
            read_joints(path, "a.jpg", (256, 176))


def test_shares_of_a_stated_canvas_become_pixels(tmp_path: Path) -> None:
    shares = [((x + 0.5) / 64, (y + 0.5) / 128) for x, y in POINTS]
    torch.testing.assert_close(read_joints(stated(tmp_path / "a.json", 128, 64, shares))[0], torch.tensor(POINTS))


@pytest.mark.parametrize("size", [0, -3, 10**400, "wide", 1.5, [], 1e300, 2**30])
def test_a_canvas_that_is_no_size_is_refused(tmp_path: Path, size: object) -> None:
    with pytest.raises(ZooError, match="cannot understand"):
        read_joints(stated(tmp_path / "a.json", size, 64), frame=(256, 128))


def test_of_several_images_one_must_be_named(tmp_path: Path) -> None:
    path = coco(tmp_path / "c.json", *({"id": i, "file_name": f"{i}.jpg"} for i in range(3)))
    assert read_joints(path, "1.jpg")[1].all()
    with pytest.raises(ZooError, match=r"tells of 3 pictures(.|\n)*0\.jpg"):
        read_joints(path)


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
    with pytest.raises(ZooError, match="tells of 2 pictures"):
        read_joints(tmp_path / "a.csv")


def test_a_joint_outside_the_frame_is_missing(tmp_path: Path) -> None:
    path = openpose(tmp_path / "a.json", [(500.0, 5.0), (float("nan"), 3.0), *POINTS[2:]])
    joints, visible = read_joints(path, frame=(128, 64))
    assert visible.tolist() == [False, False] + [True] * 16 and joints[:2].abs().sum() == 0


def test_joints_of_another_frame_are_refused_with_the_frame_they_seem_to_be_of(tmp_path: Path) -> None:
    path = openpose(tmp_path / "a.json", [(x * 3, y * 3) for x, y in POINTS])
    with pytest.raises(ZooError, match=r"lie outside the image of 64x64(.|\n)*256x176"):
        read_joints(path, frame=(64, 64))


@pytest.mark.parametrize("people", [[], [[(0.0, 0.0, 0.0)] * 18]])
def test_nobody_is_refused(tmp_path: Path, people: list[list[tuple[float, ...]]]) -> None:
    with pytest.raises(ZooError, match=r"missing|no person"):
        read_joints(openpose(tmp_path / "a.json", *people))


def openpose_of(number: str) -> str:
    return json.dumps({"people": [{"pose_keypoints_2d": [7] * 54}]}).replace("7", number)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", "{"), ("a.json", "[" * 100_000), ("a.json", "{}"), ("a.json", '"people"'), ("a.json", '{"people": [{}]}'),
        ("a.json", '{"people": [{"pose_keypoints_2d": [1, 2, 3, 4]}]}'), ("a.json", '{"people": 3}'),
        ("a.json", '{"people": [{"pose_keypoints_2d": [1, 2, 1]}]}'), ("a.csv", "a.jpg: [1, 2]: [3, 4]"),
        ("a.csv", "a.jpg,1,2"), ("a.csv", "a.jpg: [1]: [[3]]"), ("a_candidate.txt", "x y"), ("a_candidate.txt", "1 2"),
        ("a_candidate.txt", "1 2 3"), ("a.csv", f"a.jpg:{[10**400] * 18}:{[1] * 18}"), ("a.csv", "a.jpg:[[]]:" + "[" * 9999),
        ("a.json", openpose_of("1" + "0" * 400)),
        ("a.json", openpose_of("1" + "0" * 5000)),
        ("a.json", '{"images": [], "annotations": [{"image_id": {}}]}'), ("a.json", '{"images": [{"id": []}]}'),
    ],
)  # fmt: skip
def test_joints_that_make_no_sense_are_refused(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    (tmp_path / "a_subset.txt").write_text("1 2")
    with pytest.raises(ZooError, match=r"cannot understand(.|\n)*OpenPose"):
        read_joints(tmp_path / name)


def test_who_fills_the_picture_and_is_sure_weighs_most() -> None:
    seen = torch.tensor([[10.0, 10, 1], [13, 14, 1]] + [[0.0, 0, 0]] * 16)
    assert Seen.of(seen).weight == 25, "the squared diagonal of the box"
    assert Seen.of(seen * torch.tensor([1, 1, 0.5])).weight == 12.5
    assert Seen.of(seen * torch.tensor([1, 1, 9])).weight == 25, "some say 0 to 100"
    assert Seen.of(seen * torch.tensor([1, 0, 1])).weight == 9, "a box may be flat"
    assert Seen.of(torch.zeros(18, 3)).weight == 0
