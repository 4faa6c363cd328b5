"""From a picture as it is stored to the one that is measured."""

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.scoring.pictures.folders import smooth
from zoo.errors import ZooError
from zoo.photos.images import write_image
from zoo.scoring.pictures.document import Jpeg, Masking, Padding, Preparation, Resizing, Showing
from zoo.scoring.pictures.frames import Layout, Role, opened, prepared
from zoo.scoring.pictures.views import seen

PERSON = Preparation(frame="person", size=(256, 176))


def stored(folder: Path, size: tuple[int, int], name: str = "p.png") -> Path:
    write_image(folder / name, smooth(1, size)[0])
    return folder / name


def bytes_of(
    path: Path, layout: Layout | None, role: Role = "outputs", to: Preparation = PERSON
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return prepared(opened(path, layout, role), path, layout, role, to)


def test_what_lies_between_the_bands_is_cut_out(tmp_path: Path) -> None:
    path = stored(tmp_path, (256, 256))
    assert np.array_equal(bytes_of(path, "banded"), np.asarray(Image.open(path))[:, 40:216])
    whole = Preparation(frame="whole", size=(256, 256))
    assert np.array_equal(bytes_of(path, "banded", to=whole), np.asarray(Image.open(path)))


def test_a_square_is_never_guessed_at(tmp_path: Path) -> None:
    path = stored(tmp_path, (256, 256))
    squashed = Preparation(frame="person", size=(256, 256))
    with pytest.raises(ZooError, match="between two bands, or a person squashed"):
        bytes_of(path, None, to=squashed)
    assert bytes_of(path, "person", to=squashed).shape == (256, 256, 3)


@pytest.mark.parametrize(
    ("size", "layout", "to", "told"),
    [
        ((512, 352), None, PERSON, "never resizes"),
        ((256, 176), None, Preparation(frame="whole", size=(256, 256)), "whole frames"),
        ((256, 176), "banded", PERSON, "pictures with bands are 256x256"),
        ((256, 881), "strip", PERSON, "no strip of 5 tiles"),
    ],
)
def test_what_a_protocol_cannot_measure_is_refused(
    tmp_path: Path, size: tuple[int, int], layout: Layout | None, to: Preparation, told: str
) -> None:
    with pytest.raises(ZooError, match=told) as refused:
        bytes_of(stored(tmp_path, size), layout, to=to)
    assert refused.value.exit_code == 2


def test_a_protocol_that_resizes_does_it_as_pillow_does(tmp_path: Path) -> None:
    path = stored(tmp_path, (400, 300))
    reference = Image.open(path).resize((176, 256), Image.Resampling.BICUBIC)
    assert np.array_equal(bytes_of(path, None, to=PERSON.model_copy(update={"resize": "pil-bicubic"})), np.asarray(reference))


def test_the_tiles_of_a_strip(tmp_path: Path) -> None:
    path = stored(tmp_path, (256, 880))
    whole = np.asarray(Image.open(path))
    assert np.array_equal(bytes_of(path, "strip", "outputs"), whole[:, 704:])
    assert np.array_equal(bytes_of(path, "strip", "targets"), whole[:, 352:528])


@pytest.mark.parametrize(
    ("name", "layout", "role", "of", "again", "passes"),
    [
        ("p.png", None, "outputs", "both", False, True),
        ("p.jpg", None, "outputs", "both", False, False),  # came that way
        ("p.jpg", None, "targets", "both", False, True),
        ("p.png", None, "targets", "outputs", True, False),
        ("p.jpg", None, "outputs", "outputs", True, True),
        ("p.png", "strip", "targets", "both", False, False),
    ],
)
def test_the_way_through_a_jpeg(
    tmp_path: Path, name: str, layout: Layout | None, role: Role, of: str, again: bool, passes: bool
) -> None:
    path = stored(tmp_path, (256, 880 if layout else 176), name)
    to = PERSON.model_copy(update={"jpeg": Jpeg(quality=75, of=of, again=again)})  # type: ignore[arg-type]
    plain = bytes_of(path, layout, role)
    buffer = io.BytesIO()
    Image.fromarray(plain).save(buffer, "JPEG", quality=75)
    assert np.array_equal(bytes_of(path, layout, role, to), np.asarray(Image.open(buffer)) if passes else plain)


def test_a_view_resizes_then_masks_then_pads() -> None:
    image, mask = torch.rand(2, 3, 8, 6), torch.zeros(2, 1, 16, 12)
    mask[:, :, 4:12, 3:9] = 1
    view = Showing(
        resize=Resizing(size=(16, 12), kernel="cv2-bilinear"),
        mask=Masking(shape="figure", outside="grey"),
        pad=Padding(size=(16, 16), level=255),
    )
    found = seen(image, view, mask)
    assert found.shape == (2, 3, 16, 16)
    assert (found[..., :2] == 1).all() and (found[..., 14:] == 1).all()
    assert (found[:, :, :4, 2:14] == 0.5).all() and not (found[:, :, 4:12, 5:11] == 0.5).any()
