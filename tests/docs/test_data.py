"""The page of data sets is true: its commands run on miniatures, and it names every layout there is."""

import re
import shlex
from pathlib import Path

import pytest

from tests.cli.conftest import (
    Zoo,
    zoo,  # noqa: F401 (a fixture)
)
from tests.datasets import miniature as mini
from zoo_datasets.layouts import FASHION, MARKET

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "data.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```sh run\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_its_commands_run(zoo: Zoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.chdir(tmp_path)
    Path("data/deepfashion").mkdir(parents=True)
    mini.patn(Path("data/deepfashion"), mini.made_up(mini.FASHION))
    mini.market_stored(Path("data/market"))
    commands = [shlex.split(line) for block in BLOCK.findall(PAGE) for line in block.splitlines()]
    assert len(commands) == 3
    for _, *arguments in commands:
        done = zoo(*arguments)
        assert done.code == 0, done.err


def test_it_names_every_folder_and_vocabulary_that_is_looked_for() -> None:
    for layout in (FASHION, MARKET):
        names = [name for names in layout.photos for name in names if name not in ("WOMEN", "MEN")]
        names += [name for way in layout.maps for name in (*way.folders, way.vocabulary)]
        names += [name for way in layout.joints for name in way.patterns if "/" not in name]
        for name in names:
            assert f"`{name}" in PAGE or f"/{name}" in PAGE, name
