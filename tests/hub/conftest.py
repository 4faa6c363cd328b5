"""A hub on this machine, huggingface_hub turned to it, and a run to push."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import TRACK, zoo
from tests.hub.server import TOKEN, Hub, serving
from zoo.cli import main

__all__ = ["zoo"]  # a fixture


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """An empty hub, our token in hand, in a working folder of its own."""
    with serving() as found:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", found.url)
        template = found.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        monkeypatch.chdir(tmp_path)
        yield found


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of two steps."""
    folder = tmp_path_factory.mktemp("made")
    track = folder / "tiny.toml"
    track.write_text(TRACK)
    arguments = ["run", "--recipe", "mean", "--track", track, "--from-scratch", "--out", folder / "run"]
    with pytest.raises(SystemExit) as end:
        main([str(a) for a in arguments])
    assert not end.value.code
    return folder / "run"
