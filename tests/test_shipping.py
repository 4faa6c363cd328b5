"""`benchmarks/ship.py`: weights enter the registry where they belong, and nothing else of it changes."""

import shutil
from pathlib import Path

import pytest

from benchmarks import ship
from zoo.documents.files import assets
from zoo.errors import ZooError
from zoo.store.folder import WEIGHTS
from zoo.store.registry import registry
from zoo.training.times import write_seconds

FIGURES = "benchmarks/weights/scmnet-full-figures-64.safetensors"
PHOTOS = "benchmarks/weights/scmnet-full-photos-128.safetensors"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(assets() / "registry.toml", tmp_path)
    monkeypatch.setattr(ship, "assets", lambda: tmp_path)
    return tmp_path


def run_of(file: str, folder: Path) -> Path:
    """A run's folder that left these weights."""
    [entry] = [entry for entry in registry().weights if entry.file == file]
    folder.mkdir()
    shutil.copy(assets() / file, folder / WEIGHTS)
    write_seconds(folder, entry.train_seconds)
    return folder


@pytest.mark.parametrize("file", [FIGURES, PHOTOS])
def test_what_is_shipped_again_changes_nothing(file: str, project: Path, tmp_path: Path) -> None:
    before = (project / "registry.toml").read_text()
    assert ship.ship(run_of(file, tmp_path / "run")).read_bytes() == (assets() / file).read_bytes()
    assert (project / "registry.toml").read_text() == before


def test_what_is_new_comes_after_the_last(project: Path, tmp_path: Path) -> None:
    registry_file = project / "registry.toml"
    paragraphs = registry_file.read_text().split("\n\n")
    [mine] = [p for p in paragraphs if f'file = "{FIGURES}"' in p]
    registry_file.write_text("\n\n".join(p for p in paragraphs if p != mine))
    ship.ship(run_of(FIGURES, tmp_path / "run"))
    found = registry_file.read_text().split("\n\n")
    assert sorted(found) == sorted(paragraphs)
    assert found[found.index(mine) - 1].startswith("[[weights]]") and found[found.index(mine) + 1].startswith("# Networks")


def test_weights_that_saw_photographs_need_a_licence(project: Path, tmp_path: Path) -> None:
    registry_file = project / "registry.toml"
    registry_file.write_text("\n\n".join(p for p in registry_file.read_text().split("\n\n") if f'file = "{PHOTOS}"' not in p))
    with pytest.raises(ZooError, match="saw photographs"):
        ship.ship(run_of(PHOTOS, tmp_path / "run"))
    assert not (project / PHOTOS).exists()
    ship.ship(tmp_path / "run", "theirs")
    assert 'licence = "theirs"' in registry_file.read_text()


def test_weights_of_a_changed_recipe_are_refused(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ship, "read_tensors", lambda path: ({}, {"digest": "f" * 64, "track_digest": "f" * 64}))
    with pytest.raises(ZooError, match="no installed recipe"):
        ship.ship(run_of(FIGURES, tmp_path / "run"))
