"""In whose pixels joints are, and which part of a file is the picture."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from tests.support import SHARED, needs_shared
from zoo.errors import ZooError
from zoo.photos import read_annotations
from zoo_datasets.frames import Form, Frame, banded, check_joints, cut

FASHION = Form((256, 176))
MIDDLE, WHOLE, LARGE, TWICE = Frame((256, 176)), Frame((256, 256), 40), Frame((1101, 750)), Frame((512, 352))
FIXTURES = SHARED / "fixtures"


def test_the_frames_of_the_field_are_told_by_the_size_of_a_file() -> None:
    assert [FASHION.frame(f.size) for f in (MIDDLE, WHOLE, LARGE, TWICE)] == [MIDDLE, WHOLE, LARGE, TWICE]
    assert FASHION.frame((128, 64)) is None and Form((128, 64)).frame((256, 256)) == Frame((256, 256), 64)
    assert Form((256, 176), "squashed").frame((256, 256)) == Frame((256, 256))


def test_what_is_shown_of_a_file_is_as_said() -> None:
    assert FASHION.shown(LARGE) == Frame((1101, 757))  # as all resize it, to 256x176
    assert FASHION.shown(WHOLE) == MIDDLE and Form((256, 176), "keep").shown(WHOLE) == WHOLE
    assert Form((256, 176), "squashed").shown(Frame((256, 256))) == MIDDLE


def test_joints_go_from_frame_to_frame_and_back() -> None:
    joints = torch.tensor([[0.0, 0.0], [100.0, 37.0], [175.0, 255.0]])
    assert torch.equal(MIDDLE.joints(joints, WHOLE), joints + torch.tensor([40.0, 0.0]))  # exactly, as measured
    for frame in (WHOLE, LARGE, TWICE):
        torch.testing.assert_close(frame.joints(MIDDLE.joints(joints, frame), MIDDLE), joints)
    assert LARGE.holds(MIDDLE.joints(joints, LARGE)).all() and not MIDDLE.holds(torch.tensor([-0.6, 3.0]))


def test_bands_are_cut_off_and_added() -> None:
    picture = Image.new("L", (256, 256), 7)
    assert cut(picture, WHOLE, MIDDLE).size == (176, 256) and cut(picture, WHOLE, WHOLE) is picture
    padded = cut(Image.new("L", (352, 512), 7), TWICE, WHOLE)
    assert padded.size == (512, 512) and padded.getpixel((79, 0)) == 0 and padded.getpixel((80, 0)) == 7


def through_jpeg(pixels: np.ndarray) -> Image.Image:
    """As a JPEG of blocks of 16 pixels brings it back: colours are kept for two by two pixels."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=50, subsampling="4:2:0")
    return Image.open(buffer)


def test_columns_that_share_a_block_of_jpeg_with_the_picture_do_not_make_a_band_uneven() -> None:
    pixels = np.full((256, 256, 3), 230, np.uint8)
    pixels[:, 40:216] = np.random.default_rng(0).integers(0, 256, (256, 176, 3))
    photo = through_jpeg(pixels)
    beside = np.asarray(photo, np.float32)[:, 32:40].std(1).mean()
    assert beside > 1, "the noise has leaked into the band"
    assert banded(photo, 40)


@pytest.mark.parametrize("side", [slice(0, 16), slice(240, 256)])
def test_a_picture_that_is_flat_at_one_side_alone_has_no_bands(side: slice) -> None:
    pixels = np.full((256, 256, 3), 230, np.uint8)
    pixels[:, side] += np.arange(16, dtype=np.uint8)[:, None]
    assert not banded(Image.fromarray(pixels), 40)


@needs_shared
def test_bands_are_seen_in_the_fields_photos_and_not_in_others() -> None:
    photos = [*(FIXTURES / "patn_format_pair").rglob("*.jpg"), *(FIXTURES / "cocosnet_deepfashion").rglob("*.jpg")]
    assert len(photos) == 10
    for path in photos:
        with Image.open(path) as photo:
            assert banded(photo.convert("RGB"), 40), path.name
            squashed = photo.convert("RGB").crop((40, 0, 216, 256)).resize((256, 256))
            assert not banded(squashed, 40), path.name


@needs_shared
def test_joints_of_a_wrong_frame_are_refused_with_the_right_one() -> None:
    rows = read_annotations(FIXTURES / "patn_lists" / "fasion-resize-annotation-test.partial950.csv").values()
    known = [MIDDLE, WHOLE, TWICE]
    check_joints(rows, MIDDLE, known, "here")
    for wrong in (WHOLE, TWICE):
        with pytest.raises(ZooError, match='say frame = "256x176"'):
            check_joints(rows, wrong, known, "here")
    moved = [(joints + torch.tensor([40.0, 0.0]), visible) for joints, visible in rows]
    check_joints(moved, WHOLE, known, "here")
    with pytest.raises(ZooError, match=r"pixels right of the picture's(.|\n)*frame = \"256x256\""):
        check_joints(moved, MIDDLE, known, "here")
    for few in (moved[:8], moved[40:48]):
        with pytest.raises(ZooError, match="256x256"):
            check_joints(few, MIDDLE, known, "here")
