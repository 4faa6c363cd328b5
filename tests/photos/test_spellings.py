"""Joints in every spelling that people have: each is recognised by what it is, and what is none is called by its name."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from tests.photos.files import POINTS
from tests.photos.spellings import COCO, DOCUMENTS, EXACT_NAMES, FILES, FRAME, flat, mmpose, npy
from zoo.errors import ZooError
from zoo.photos import read_joints
from zoo.skeleton import JOINT_ORDERS


def between_the_shoulders() -> torch.Tensor:
    joints = torch.tensor(POINTS)
    joints[1] = (joints[2] + joints[5]) / 2
    return joints


def written(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def document(folder: Path, content: Any) -> Path:
    return written(folder, "a.json", json.dumps(content).encode())


@pytest.mark.parametrize("spelling", FILES)
def test_every_spelling_tells_the_same_skeleton(tmp_path: Path, spelling: str) -> None:
    path, said = written(tmp_path, *FILES[spelling]), []
    joints, visible = read_joints(path, "a.jpg", FRAME, notice=said.append)
    expected = torch.tensor(POINTS) if spelling in EXACT_NAMES else between_the_shoulders()
    torch.testing.assert_close(joints, expected, atol=1e-4, rtol=0)
    assert visible.all() and not said


@pytest.mark.parametrize("spelling", FILES)
def test_no_suffix_is_needed(tmp_path: Path, spelling: str) -> None:
    """But for files that are known by it, a spelling is recognised by its content."""
    path = written(tmp_path, "pose", FILES[spelling][1])
    torch.testing.assert_close(read_joints(path, "a.jpg", FRAME)[0][0], torch.tensor(POINTS[0]), atol=1e-4, rtol=0)


@pytest.mark.parametrize("count", JOINT_ORDERS)
def test_orders_name_eighteen_joints_of_theirs(count: int) -> None:
    order = JOINT_ORDERS[count]
    single = [joint for joint in order if isinstance(joint, int)]
    assert len(order) == 18 and len(set(single)) == len(single) and max(single) < count


def test_nulls_are_joints_that_are_missing(tmp_path: Path) -> None:
    holes = flat(POINTS, 1)
    holes[12:15] = [None, None, None]  # type: ignore[list-item]
    pairs: list[Any] = [[x, y] for x, y in POINTS]
    pairs[4] = None
    for content in ({"people": [{"pose_keypoints_2d": holes}]}, pairs, [pairs]):
        _, visible = read_joints(document(tmp_path, content), frame=FRAME)
        assert [i for i in range(18) if not visible[i]] == [4]


@pytest.mark.parametrize("missing", [(-1, -1), (0, 0)])
def test_pairs_without_confidence_say_by_their_place_what_is_missing(tmp_path: Path, missing: tuple[int, int]) -> None:
    points = np.array([*POINTS[:10], missing, *POINTS[11:]])
    for path in (
        written(tmp_path, "a.npy", npy(points)),
        written(tmp_path, "a.txt", b"\n".join(b"%d %d" % (x, y) for x, y in points)),
    ):
        assert [i for i in range(18) if not read_joints(path, frame=FRAME)[1][i]] == [10]


def test_detectors_that_answer_for_every_joint_are_believed_from_0_3_openpose_from_0_05(tmp_path: Path) -> None:
    unsure = {**mmpose(COCO), "keypoint_scores": [0.2] * 3 + [0.9] * 14}
    eyes_unsure = read_joints(document(tmp_path, [unsure]), frame=FRAME)[1]
    assert [i for i in range(18) if not eyes_unsure[i]] == [0, 14, 15]
    assert read_joints(document(tmp_path, [unsure]), frame=FRAME, confidence=0.1)[1].all()
    openpose = document(tmp_path, {"people": [{"pose_keypoints_2d": flat(POINTS, 0.1)}]})
    assert read_joints(openpose, frame=FRAME)[1].all()
    with pytest.raises(ZooError, match="missing"):
        read_joints(openpose, frame=FRAME, confidence=0.1)


def test_maps_say_their_picture_and_what_is_missing(tmp_path: Path) -> None:
    maps = np.zeros((64, 32, 18), np.uint8)
    for i in range(2, 18):
        maps[3 * i, i, i] = 1
    joints, visible = read_joints(written(tmp_path, "a.npy", npy(maps)), frame=FRAME)
    assert visible.tolist() == [False, False] + [True] * 16 and joints[4].tolist() == [8.5, 24.5]
    with pytest.raises(ZooError, match="of a picture of 64x32"):
        read_joints(tmp_path / "a.npy", frame=(64, 64))


def test_shares_need_a_picture(tmp_path: Path) -> None:
    path = document(tmp_path, DOCUMENTS["MediaPipe"])
    with pytest.raises(ZooError, match="shares of a picture of unknown size"):
        read_joints(path)


def test_of_several_pictures_the_name_picks_one_but_for_case_suffix_and_zeros(tmp_path: Path) -> None:
    first, second = flat(COCO), flat([(x + 1, y) for x, y in COCO])
    results = document(tmp_path, [{"image_id": 785, "keypoints": first}, {"image_id": 12, "keypoints": second}])
    assert read_joints(results, "000000000012.jpg")[0][0].tolist() == [POINTS[0][0] + 1, POINTS[0][1]]
    poses = document(tmp_path, [{"image_id": "x/Anna.PNG", "keypoints": first}, {"image_id": "ben.png", "keypoints": second}])
    assert read_joints(poses, "anna.jpg")[0][0].tolist() == [*POINTS[0]]
    with pytest.raises(ZooError, match=r"2 pictures and none called 'anne.jpg'(.|\n)*Anna\.PNG"):
        read_joints(poses, "anne.jpg")
    with pytest.raises(ZooError, match=r"tells of 2 pictures(.|\n)*Anna\.PNG"):
        read_joints(poses)
    frames = document(tmp_path, [{"frame_id": i, "instances": [mmpose(COCO)]} for i in range(3)])
    assert read_joints(frames, "2")[1].all()


def test_rows_survive_windows_paths_commas_and_nested_folders(tmp_path: Path) -> None:
    numbers = json.dumps([*range(1, 19)])
    path = written(tmp_path, "a.csv", f'C:\\data\\a_1.jpg:{numbers}:{numbers}\n"b, c.jpg";"{numbers}";"{numbers}"\n'.encode())
    for name in ("a_1.png", "d/A_1.jpg", "b, c.jpg"):
        assert read_joints(path, name)[1].all()


IUV = np.zeros((40, 30, 3), np.uint8)
IUV[5:20, 5:20] = (7, 200, 90)
WRONG: dict[str, tuple[str, bytes, str]] = {
    "boxes": ("a.json", b'[{"name": "person", "box": {}}]', "a list of 1, each an object with the keys name, box"),
    "14 joints": ("a.json", json.dumps([{"keypoints": flat(POINTS[:14])}]).encode(), "a person of 14 joints"),
    "labels": ("a.npy", npy(np.zeros((40, 30), np.uint8)), r"an array of uint8 of shape \(40, 30\)"),
    "IUV npy": ("a.npy", npy(IUV), r"shape \(40, 30, 3\), DensePose IUV"),
    "IUV npy, planes": ("a.npy", npy(IUV.transpose(2, 0, 1)), "DensePose IUV"),
    "16 maps": ("a.npy", npy(np.zeros((40, 30, 16), np.float32)), r"shape \(40, 30, 16\)"),
    "names": ("a.npy", npy(np.array(["a"])), "an array of <U1"),
    "pickle": ("a.pkl", b"\x80\x04\x95", "a pickle or an archive"),
    "text": ("a.txt", b"nothing at all", "in line 1 'nothing at all'"),
    "broken JSON": ("a.json", b'{"people": ', "no JSON"),
    "7 rows": ("a.txt", b"1 2\n" * 7, "a person of 7 joints"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_no_spelling_is_named_with_what_is_read(tmp_path: Path, case: str) -> None:
    name, content, found = WRONG[case]
    with pytest.raises(ZooError, match=rf"cannot understand the joints in {name}: found .*{found}(.|\n)*MediaPipe(.|\n)*maps"):
        read_joints(written(tmp_path, name, content), frame=FRAME)


def test_densepose_and_other_pictures_are_refused_by_name(tmp_path: Path) -> None:
    Image.fromarray(IUV).save(tmp_path / "iuv.png")
    with pytest.raises(ZooError, match="found a picture, DensePose IUV"):
        read_joints(tmp_path / "iuv.png")
    Image.fromarray(IUV * 9).save(tmp_path / "photo.png")
    with pytest.raises(ZooError, match=r"found a picture\n"):
        read_joints(tmp_path / "photo.png")


def test_a_file_of_nobody_is_no_misunderstanding(tmp_path: Path) -> None:
    for content in ([], {"people": []}, {"people": [{"pose_keypoints_2d": None}]}, {"meta_info": {}, "instance_info": []}):
        with pytest.raises(ZooError, match="no person"):
            read_joints(document(tmp_path, content))


def test_joints_in_one_place_are_no_pose(tmp_path: Path) -> None:
    with pytest.raises(ZooError, match="one place"):
        read_joints(written(tmp_path, "a.csv", f"a.jpg:{[5] * 18}:{[5] * 18}".encode()), frame=FRAME)
