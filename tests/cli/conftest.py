"""The command line, called in this process, and a track small enough to run in a test."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from zoo.cli import main

TRACK = """
name = "tiny"
dataset = { use = "figures.people", train_people = 4, val_people = 1, test_people = 3, val_pairs = 2, test_pairs = 6 }
size = [64, 64]
scale = "small"
protocol = "figures-v1"
features = "figures.features"
detector = "figures.detector"
judge = "figures.judge"
budget = { steps = 2, batch = 2 }
"""


@dataclass(frozen=True)
class Done:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which must be JSON and nothing else."""
        return json.loads(self.out)


Zoo = Callable[..., Done]


@pytest.fixture
def zoo(capsys: pytest.CaptureFixture[str]) -> Zoo:
    return calling(capsys)


def calling(capsys: pytest.CaptureFixture[str]) -> Zoo:
    """A function that runs a command line."""

    def call(*arguments: object) -> Done:
        capsys.readouterr()
        code = 0
        try:
            main([str(a) for a in arguments])
        except SystemExit as end:
            code = int(end.code or 0)
        captured = capsys.readouterr()
        return Done(code, captured.out, captured.err)

    return call


@pytest.fixture
def track(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A track file in a fresh working folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.toml").write_text(TRACK)
    return Path("tiny.toml")
