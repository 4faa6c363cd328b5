"""`zoo annotate` from the command line."""

import shutil
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.conftest import Zoo
from tests.support import SHARED, needs_shared


@needs_shared
def test_a_photo_alone_is_annotated_beside_itself_and_said(zoo: Zoo, tmp_path: Path) -> None:
    shutil.copy(SHARED / "fixtures/coco_person_ccby/000000000785.jpg", tmp_path / "skier.jpg")
    done = zoo("annotate", tmp_path / "skier.jpg", "--device", "cpu", "--sheet", tmp_path / "sheet.png")
    assert done.code == 0 and "18 of 18 joints" in done.out, done.err
    assert (tmp_path / "joints/skier_keypoints.json").exists() and (tmp_path / "regions/skier.png").exists()
    assert (tmp_path / "sheet.png").exists() and not (tmp_path / "track.toml").exists()


@pytest.mark.parametrize(
    ("extra", "complaint"),
    [
        (["--detector", "photos.detecter"], "did you mean 'photos.detector'?"),
        (["--parser", "photos.detector"], "is a detector, not a parser"),
        (["--detector", "figures.detector"], "finds nobody in photographs"),
    ],
)
def test_a_net_that_cannot_serve_is_refused(zoo: Zoo, tmp_path: Path, extra: list[str], complaint: str) -> None:
    Image.new("RGB", (40, 60)).save(tmp_path / "a.jpg")
    done = zoo("annotate", tmp_path / "a.jpg", *extra)
    assert done.code != 0 and complaint in done.err


def test_what_is_not_there_is_said(zoo: Zoo, tmp_path: Path) -> None:
    assert "there is no" in zoo("annotate", tmp_path / "none").err
    assert "there is no photo in" in zoo("annotate", tmp_path).err
