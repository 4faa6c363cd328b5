"""Files of published data sets."""

import pytest
import torch

from tests.support import SHARED, needs_shared
from zoo.errors import ZooError
from zoo.photos import photo_size, read_annotations, read_image, read_joints, read_parsing
from zoo.regions import vocabulary

FIXTURES = SHARED / "fixtures"
SPT10, CIHP20 = vocabulary("spt10"), vocabulary("cihp20")


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
