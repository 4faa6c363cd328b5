"""Joints: every format comes through in our order, bad files are named."""

import json
from pathlib import Path

import pytest
import torch

from tests.photos.files import POINTS, openpose
from zoo.errors import ZooError
from zoo.photos import read_annotations, read_joints


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
