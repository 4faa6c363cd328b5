"""Pictures of a run: what was painted comes back, and nothing else is taken for it."""

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from zoo.errors import ZooError
from zoo.report.gallery import MOST, PAIRS, Gallery
from zoo.results.pictures import Painted, read_painted
from zoo.scoring.samples import Sample
from zoo.store.folder import PICTURES

RECORD = "a" * 64


def sample(seed: int, size: int = 6, truth: bool = True) -> Sample:
    pictures = np.random.default_rng(seed).integers(0, 256, (4, size, size, 3), dtype=np.uint8)
    return Sample(f"pair {seed}", *pictures[:3], pictures[3] if truth else None)


def test_pictures_come_back_as_they_were(tmp_path: Path) -> None:
    samples = [sample(1), sample(2, truth=False)]
    Painted.of(RECORD, samples).save(tmp_path / "runs" / "track" / "mine")
    (painted,) = read_painted([tmp_path / "runs" / "results"]).values()
    assert (painted.record, [pair.name for pair in painted.pairs]) == (RECORD, ["pair 1", "pair 2"])
    assert np.array_equal(np.array(Image.open(io.BytesIO(base64.b64decode(painted.pairs[0].output)))), samples[0].output)
    assert painted.pairs[1].truth is None


@pytest.mark.parametrize("source", ["", "data:image/png;base64,AAAA", 'iVBORw0KGgo"onerror="x', "<svg>", "PHN2Zz4="])
def test_what_is_no_picture_is_told_and_left_out(tmp_path: Path, source: str) -> None:
    Painted.of(RECORD, [sample(1)]).save(tmp_path)
    path = tmp_path / PICTURES
    good = Painted.load(path).pairs[0].source
    path.write_text(path.read_text().replace(good, source.replace('"', '\\"')))
    with pytest.raises(ZooError, match="holds no pictures"):
        Painted.load(path)
    said: list[str] = []
    assert read_painted([tmp_path / "results"], report=said.append) == {} and len(said) == 1


def test_a_page_hangs_every_picture_once_and_no_more_than_it_can_carry() -> None:
    gallery, painted = Gallery(), Painted.of(RECORD, [sample(i) for i in range(9)])
    hung = gallery.hang(painted)
    assert hung and len(hung) == PAIRS and gallery.hang(painted) == hung
    assert len(gallery.images) == 4 * PAIRS and gallery.hang(None) is None
    pair = Painted.of(RECORD, [sample(20, size=100)]).pairs[0]
    several = [pair.model_copy(update={"output": pair.output + "A" * n}) for n in range(1, 200)]
    shown = [gallery.hang(Painted(record=RECORD, pairs=[one])) is not None for one in several]
    assert shown[0] and not shown[-1] and sum(map(len, gallery.images)) < MOST + 200_000
