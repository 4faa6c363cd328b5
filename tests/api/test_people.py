"""`zoo.person`: whatever a person is given as, it is the same person."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import zoo
from tests.api.conftest import JOINTS, LABELS, SIZE
from zoo.ops.image import from_uint8

PIXELS = np.random.default_rng(0).integers(0, 255, (*SIZE, 3), np.uint8)


def as_png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "image",
    [
        as_png(PIXELS),
        Image.fromarray(PIXELS),
        PIXELS,
        torch.from_numpy(PIXELS).permute(2, 0, 1),
        from_uint8(torch.from_numpy(PIXELS).permute(2, 0, 1))[None],
    ],
    ids=["bytes", "pil", "array", "uint8", "float"],
)
def test_a_photo_may_come_in_any_shape(image: object) -> None:
    who = zoo.person(image)
    assert who.size == SIZE and who.photo is not None and (np.array(who.photo) == PIXELS).all()


def test_a_file_is_read_like_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(as_png(PIXELS))
    document = {"people": [{"pose_keypoints_2d": np.c_[JOINTS, np.ones(18)].ravel().tolist()}]}
    (tmp_path / "a.json").write_text(json.dumps(document))
    np.save(tmp_path / "a.npy", LABELS)
    files = zoo.person(str(tmp_path / "a.png"), tmp_path / "a.json", tmp_path / "a.npy", regions="spt10")
    held = zoo.person(PIXELS, torch.from_numpy(JOINTS), torch.from_numpy(LABELS), regions="spt10")
    assert files.photo is not None and held.photo is not None and files.photo.tobytes() == held.photo.tobytes()
    assert torch.equal(files.skeleton[0], held.skeleton[0]) and torch.equal(files.skeleton[1], held.skeleton[1])
    assert (np.array(files.labels) == np.array(held.labels)).all() and files.words == held.words == "spt10"
    assert "18 of 18 joints, labels in spt10" in repr(held)
    assert torch.equal(zoo.person(PIXELS, document).skeleton[0], held.skeleton[0])


def test_a_turned_photo_stands_upright() -> None:
    turned = Image.fromarray(PIXELS)
    turned.getexif()[0x0112] = 6
    who = zoo.person(turned)
    assert who.size == SIZE[::-1] and who.photo is not None and who.photo.size == SIZE


@pytest.mark.parametrize(
    ("image", "complaint"),
    [
        (torch.rand(3, 8, 8), r"in \[0,1\] by the look of it"),
        (torch.rand(3, 8, 8) * 255, r"runs from"),
        (torch.full((3, 8, 8), torch.nan), r"runs from nan"),
        (torch.zeros(8, 8, 3, dtype=torch.uint8), r"tensor of shape \(8, 8, 3\)"),
        (np.zeros((8, 8, 3)), "array of float64"),
        (7, "a int is no image"),
        ("nowhere.png", "nowhere.png"),
    ],
)
def test_what_is_no_image_is_refused(image: object, complaint: str) -> None:
    with pytest.raises(zoo.ZooError, match=complaint):
        zoo.person(image)


def test_joints_and_labels_must_be_of_the_picture() -> None:
    with pytest.raises(zoo.ZooError, match="lie outside the image"):
        zoo.person(PIXELS, JOINTS * 4)
    with pytest.raises(zoo.ZooError, match=r"cannot understand the joints: found an array of float64 of shape \(7, 2\)"):
        zoo.person(PIXELS, JOINTS[:7])
    with pytest.raises(zoo.ZooError, match="has shape"):
        zoo.person(PIXELS, JOINTS, LABELS[:4], regions="spt10")
    with pytest.raises(zoo.ZooError, match="vocabulary of the parsing is not given"):
        zoo.person(PIXELS, JOINTS, LABELS)
    with pytest.raises(zoo.ZooError, match="holds labels 99"):
        zoo.person(PIXELS, JOINTS, LABELS * 0 + 99, regions="spt10")
    with pytest.raises(zoo.ZooError, match="did you mean 'spt10'"):
        zoo.person(PIXELS, regions="spt1")
    with pytest.raises(zoo.ZooError, match="no photo and no size"):
        zoo.person(joints=JOINTS)


def test_a_pose_may_come_alone() -> None:
    pose = zoo.person(joints=JOINTS, size=SIZE)
    assert pose.photo is None and pose.size == SIZE and int(pose.skeleton[1].sum()) == 18
