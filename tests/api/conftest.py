"""A small pipeline and a person to show it, once a module."""

from pathlib import Path

import numpy as np
import pytest

import zoo
from tests.cli.conftest import TRACK, Zoo, calling

SIZE = (96, 48)
JOINTS = np.array([(24 + 3 * (i % 5), 5.0 * i + 2) for i in range(18)])
LABELS = np.repeat(np.array([0, 2, 3, 4]), 24)[:, None].repeat(48, 1)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A track small enough to run in a test."""
    path = tmp_path_factory.mktemp("track") / "tiny.toml"
    path.write_text(TRACK)
    return path


def photo(colour: int = 50) -> np.ndarray:
    return np.full((*SIZE, 3), colour, np.uint8)


@pytest.fixture
def me() -> zoo.Subject:
    return zoo.person(photo(), JOINTS, LABELS, regions="spt10")


@pytest.fixture
def other() -> zoo.Subject:
    return zoo.person(photo(200), JOINTS + 2, LABELS, regions="spt10")


@pytest.fixture(name="zoo_command")
def _zoo_command(capsys: pytest.CaptureFixture[str]) -> Zoo:
    return calling(capsys)
