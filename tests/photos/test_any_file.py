"""What holds for every reader: missing and damaged files end in a ZooError."""

from pathlib import Path

import numpy as np
import pytest

from tests.photos.files import POINTS, openpose, picture
from zoo.errors import ZooError
from zoo.photos import photo_size, read_image, read_joints, read_labels, read_parsing
from zoo.regions import vocabulary

SPT10 = vocabulary("spt10")


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
