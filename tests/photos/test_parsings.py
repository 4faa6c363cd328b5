"""Region maps: label numbers come through, everything else is refused."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.photos.files import picture
from zoo.errors import ZooError
from zoo.photos import read_labels, read_parsing
from zoo.regions import vocabulary

SPT10, CIHP20 = vocabulary("spt10"), vocabulary("cihp20")


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


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA"])
def test_channels_that_are_alike_are_label_numbers(tmp_path: Path, mode: str) -> None:
    labels = (np.arange(24).reshape(6, 4) % 20).astype(np.uint8)
    Image.fromarray(labels).convert(mode).save(tmp_path / "a.png")
    assert np.array_equal(np.array(read_labels(tmp_path / "a.png", CIHP20)), labels)


@pytest.mark.parametrize("name", ["cihp20", "groupdnet8"])  # of the second the background is the last
def test_void_is_background(tmp_path: Path, name: str) -> None:
    words, labels = vocabulary(name), np.array([[1, 255], [255, 2]], np.uint8)
    Image.fromarray(labels).save(tmp_path / "a.png")
    for path in (tmp_path / "a.png", saved(tmp_path / "a.npy", labels.astype(np.int64))):
        background = words.index("background")
        assert np.array(read_labels(path, words)).tolist() == [[1, background], [background, 2]]


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


def test_an_enormous_map_is_refused_from_its_header(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 20)
    with pytest.raises(ZooError, match="enormous"):
        read_labels(saved(tmp_path / "a.npy", np.zeros((6, 4), np.uint8)), SPT10)
