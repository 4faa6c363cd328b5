"""The shipped nets on photographs nobody trained them on: no change may make them worse than this."""

import sys
from pathlib import Path

import pytest

from tests.support import SHARED, needs_shared

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
SETS = ("spt_demo", "cocosnet_deepfashion", "viton_samples")
JOINTS_WITHIN_12_PX = 0.68  # of the 235; 0.702 when they were shipped
VITON_OVERLAP = 0.80  # mean IoU in spt10; 0.834


@pytest.fixture(autouse=True)
def _scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(BENCHMARKS), *sys.path])


@needs_shared
def test_joints_are_found_in_photos_alone() -> None:
    from photo_accuracy import joint_row, seers
    from photo_fixtures import JOINTED

    photos = [photo for name in SETS for photo in JOINTED[name](SHARED / "fixtures")]
    row = joint_row(seers(None)["photos.detector"], photos)
    assert row["joints"] == 235 and row["within_12px"] >= JOINTS_WITHIN_12_PX


@needs_shared
def test_regions_are_found_in_photos_alone() -> None:
    from photo_accuracy import CONTEXT, abroad, from_photo_alone
    from photo_fixtures import viton_samples

    from zoo_photos.detector import PhotoDetector
    from zoo_photos.parser import PhotoParser

    look = from_photo_alone(PhotoDetector(CONTEXT), PhotoParser(CONTEXT))
    assert abroad(viton_samples(SHARED / "fixtures"), look)["miou"] >= VITON_OVERLAP
