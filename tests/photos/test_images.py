"""Photographs in and out."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.photos.files import picture
from zoo.errors import ZooError
from zoo.ops.image import to_uint8
from zoo.photos import images, open_photo, photo_size, read_image, write_image


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA", "LA", "1"])
def test_every_mode_becomes_rgb(tmp_path: Path, mode: str) -> None:
    path = picture(tmp_path / "a.png", mode)
    with Image.open(path) as stored:
        wanted = torch.from_numpy(np.array(stored.convert("RGB"))).movedim(2, 0)
    assert torch.equal(to_uint8(read_image(path)), wanted) and wanted.unique().numel() > 1


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


def scene(mode: str = "RGB") -> Image.Image:
    """A smooth picture, twice as high as wide, its upper half red."""
    ramp = np.linspace(0, 255, 200).astype(np.uint8)
    pixels = np.dstack([np.repeat(ramp[::-1, None], 100, 1), np.repeat(ramp[None, ::2], 200, 0), np.full((200, 100), 60)])
    return Image.fromarray(pixels.astype(np.uint8)).convert(mode)


@pytest.mark.parametrize(
    ("suffix", "mode"), [("jpg", "RGB"), ("jpg", "L"), ("png", "RGB"), ("png", "P"), ("webp", "RGB"), ("bmp", "L")]
)
@pytest.mark.parametrize("turned", [1, 6])
def test_a_large_photo_is_read_smaller_and_looks_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, mode: str, turned: int
) -> None:
    exif = Image.Exif()
    exif[0x0112] = turned
    path = tmp_path / f"a.{suffix}"
    scene(mode).save(path, **({} if suffix == "bmp" else {"exif": exif}))
    whole, frame = read_image(path, (32, 16)), photo_size(path)
    monkeypatch.setattr(images, "LARGE", 200 * 100 // 9)
    small = open_photo(path)
    assert small.height * small.width <= 200 * 100 // 9 and small.mode == "RGB"
    assert (small.height > small.width) == (frame[0] > frame[1]) and photo_size(path) == frame
    assert (read_image(path, (32, 16)) - whole).abs().mean() < 0.02


def test_a_large_transparent_photo_lies_on_white(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("RGBA", (90, 90), (255, 0, 0, 0)).save(tmp_path / "a.png")
    monkeypatch.setattr(images, "LARGE", 900)
    photo = read_image(tmp_path / "a.png")
    assert photo.shape == (3, 30, 30) and torch.equal(photo, torch.ones(3, 30, 30))


def test_nobody_waits_for_a_pipe_that_is_called_a_photo(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    for read in (read_image, photo_size):
        with pytest.raises(ZooError, match="no regular file"):
            read(tmp_path / "a.png")


def test_what_a_format_cannot_hold_is_said(tmp_path: Path) -> None:
    with pytest.raises(ZooError, match=r"cannot hold a picture of 17000x1(.|\n)*\.png"):
        write_image(tmp_path / "a.webp", torch.zeros(3, 1, 17_000))
    assert not list(tmp_path.iterdir())


def test_other_formats_and_deep_pixels_are_refused(tmp_path: Path) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "a.gif")
    with pytest.raises(ZooError, match="PNG, JPEG"):
        read_image(tmp_path / "a.gif")
    Image.fromarray(np.full((4, 4), 40000, np.uint16)).save(tmp_path / "a.png")
    with pytest.raises(ZooError, match="8 bits"):
        read_image(tmp_path / "a.png")
